// Package prices says what AWS bills for what a run did or a lake holds, in USD at list prices. Free tiers (but for dashboards
// and the catalog), discounts, volume tiers, taxes and the transfer of data are left out.
package prices

import (
	"math"
	"time"
)

// The prices are those of a region, as AWS's pages gave them in a year.
const (
	Region = "us-east-1"
	Date   = "2025"
)

// The list prices, in USD.
const (
	// https://aws.amazon.com/athena/pricing/
	athenaTerabyte = 5.0 // a terabyte scanned, of 1e12 bytes
	// https://aws.amazon.com/glue/pricing/
	glueStandardHour = 0.44 // a DPU for an hour: jobs, and crawlers
	glueFlexibleHour = 0.29 // a DPU for an hour: jobs of the execution class FLEX
	// https://aws.amazon.com/step-functions/pricing/
	standardTransition  = 0.025 / 1e3 // a state entered, or a retry
	expressRequest      = 1 / 1e6     // an execution started
	expressGigabyteHour = 0.06        // a GB for an hour, of the first thousand in a month
	// https://aws.amazon.com/s3/pricing/
	s3Put    = 0.005 / 1e3  // a PUT, COPY, POST or LIST: S3 Standard
	s3Get    = 0.0004 / 1e3 // a GET: S3 Standard
	s3Stored = 0.023 / 1e9  // a byte for a month, of the first 50 TB: S3 Standard
	// https://aws.amazon.com/iot-core/pricing/
	iotMessage = 1 / 1e6             // a message, for each 5 KB
	iotRule    = (0.15 + 0.15) / 1e6 // a rule that it starts, and the action of that
	// https://aws.amazon.com/glue/pricing/
	catalogObject = 1 / 1e5 // a partition or a table for a month, beyond the first million
	// https://aws.amazon.com/sns/pricing/
	snsPublish = 0.50 / 1e6 // a publish, for each 64 KB; what deliveries cost depends on the subscribers
	// https://aws.amazon.com/eventbridge/pricing/
	customEvent = 1 / 1e6 // an event that is not AWS's own, for each 64 KB
)

// What stands there is billed by the month, however little is done with it, in USD.
const (
	// Key is a customer managed key: https://aws.amazon.com/kms/pricing/
	Key = 1.0
	// AlarmMetric is a metric of standard resolution that an alarm watches: https://aws.amazon.com/cloudwatch/pricing/
	AlarmMetric = 0.10
	// Dashboard is one beyond the first three of an account: https://aws.amazon.com/cloudwatch/pricing/
	Dashboard = 3.0
	// InterfaceEndpoint is an endpoint in one availability zone, at 0.01 an hour: https://aws.amazon.com/privatelink/pricing/
	InterfaceEndpoint = 0.01 * monthHours
	// NATGateway is one at 0.045 an hour: https://aws.amazon.com/vpc/pricing/
	NATGateway = 0.045 * monthHours
)

// FreeDashboards are those of an account that cost nothing.
const FreeDashboards = 3

// monthHours is a month as AWS's pages count it.
const monthHours = 730

// CrawlerDPUs is how many DPUs a crawl is taken to use: AWS does not state it, and its page has two in the example.
const CrawlerDPUs = 2

// Athena is the cost of a query that scanned so many bytes: by the megabyte that is begun, and at least ten of them.
// DDL, statements on the catalog, and queries that failed are free; one that was cancelled is not.
//
// https://aws.amazon.com/athena/pricing/
func Athena(bytes int64) float64 {
	const megabyte, least = 1_000_000, 10
	return athenaTerabyte * max(least, math.Ceil(float64(bytes)/megabyte)) * megabyte / 1e12
}

// GlueJob is the cost of a Spark job's run: by the second that is begun, and at least a minute.
//
// https://aws.amazon.com/glue/pricing/
func GlueJob(dpus float64, ran time.Duration, flexible bool) float64 {
	hour := glueStandardHour
	if flexible {
		hour = glueFlexibleHour
	}
	return hour * dpus * max(begun(ran, time.Second), time.Minute).Hours()
}

// Crawl is the cost of a crawl on CrawlerDPUs: by the second that is begun, and at least ten minutes.
//
// https://aws.amazon.com/glue/pricing/
func Crawl(ran time.Duration) float64 {
	return glueStandardHour * CrawlerDPUs * max(begun(ran, time.Second), 10*time.Minute).Hours()
}

// DPUs are those of a job's workers; known is false of a type whose price is not in the table.
//
// https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
func DPUs(workerType string, workers float64) (dpus float64, known bool) {
	each, known := map[string]float64{
		"Standard": 1, "G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16,
	}[workerType]
	return each * workers, known
}

// Standard is the cost of so many transitions of a Standard workflow.
//
// https://aws.amazon.com/step-functions/pricing/
func Standard(transitions int) float64 { return standardTransition * float64(transitions) }

// Express is the cost of an execution of an Express workflow that stays within 64 MB of memory, the unit in which it is
// billed: its start, and its time by the 100 ms that are begun.
//
// https://aws.amazon.com/step-functions/pricing/
func Express(ran time.Duration) float64 {
	const gigabytes = 64.0 / 1024
	return expressRequest + expressGigabyteHour*gigabytes*begun(ran, 100*time.Millisecond).Hours()
}

// S3 is the cost of requests to S3.
//
// https://aws.amazon.com/s3/pricing/
func S3(puts, gets int) float64 { return s3Put*float64(puts) + s3Get*float64(gets) }

// Stored is the cost of keeping so many bytes in S3 for a month.
//
// https://aws.amazon.com/s3/pricing/
func Stored(bytes float64) float64 { return s3Stored * bytes }

// Catalog is the cost of keeping so many tables and partitions in the Data Catalog for a month: a million are free.
//
// https://aws.amazon.com/glue/pricing/
func Catalog(objects int) float64 { return catalogObject * float64(max(0, objects-1_000_000)) }

// IoT is the cost of so many messages of up to 5 KB that start one rule with one action each.
//
// https://aws.amazon.com/iot-core/pricing/
func IoT(messages int) float64 { return (iotMessage + iotRule) * float64(messages) }

// SNS is the cost of publishing so many Chunks.
//
// https://aws.amazon.com/sns/pricing/
func SNS(chunks int) float64 { return snsPublish * float64(chunks) }

// EventBridge is the cost of custom events of so many Chunks.
//
// https://aws.amazon.com/eventbridge/pricing/
func EventBridge(chunks int) float64 { return customEvent * float64(chunks) }

// Chunks is as how many requests SNS and EventBridge bill one of so many bytes: one for each 64 KB that are begun.
func Chunks(bytes int) int { return max(1, (bytes+65_535)/65_536) }

// begun rounds a time up to whole units.
func begun(ran, unit time.Duration) time.Duration { return (ran + unit - 1).Truncate(unit) }
