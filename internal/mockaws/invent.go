package mockaws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// answer is what AWS would have said of a new resource.
type answer struct {
	id      string
	outputs map[string]any
}

// arns are the forms of the ARNs, by type: %[1]s is the region, %[2]s the account, %[3]s the resource's name.
var arns = map[string]string{
	"aws:athena/workgroup:Workgroup":           "arn:aws:athena:%[1]s:%[2]s:workgroup/%[3]s",
	"aws:cloudwatch/eventRule:EventRule":       "arn:aws:events:%[1]s:%[2]s:rule/%[3]s",
	"aws:cloudwatch/logGroup:LogGroup":         "arn:aws:logs:%[1]s:%[2]s:log-group:%[3]s",
	"aws:cloudwatch/metricAlarm:MetricAlarm":   "arn:aws:cloudwatch:%[1]s:%[2]s:alarm:%[3]s",
	"aws:glue/catalogDatabase:CatalogDatabase": "arn:aws:glue:%[1]s:%[2]s:database/%[3]s",
	"aws:glue/crawler:Crawler":                 "arn:aws:glue:%[1]s:%[2]s:crawler/%[3]s",
	"aws:glue/job:Job":                         "arn:aws:glue:%[1]s:%[2]s:job/%[3]s",
	"aws:iam/policy:Policy":                    "arn:aws:iam::%[2]s:policy/%[3]s",
	"aws:iam/role:Role":                        "arn:aws:iam::%[2]s:role/%[3]s",
	"aws:kms/key:Key":                          "arn:aws:kms:%[1]s:%[2]s:key/%[3]s",
	"aws:s3/bucketV2:BucketV2":                 "arn:aws:s3:::%[3]s",
	"aws:sfn/stateMachine:StateMachine":        "arn:aws:states:%[1]s:%[2]s:stateMachine:%[3]s",
	"aws:sns/topic:Topic":                      "arn:aws:sns:%[1]s:%[2]s:%[3]s",
	"aws:sqs/queue:Queue":                      "arn:aws:sqs:%[1]s:%[2]s:%[3]s",
}

// invent makes up a realistic and distinct name, id, ARN and URL. The same stack and name give the same answer.
func (c *cloud) invent(r Resource) answer {
	region, account := c.stack.region(), c.stack.account()
	name := physicalName(r)
	outputs := map[string]any{"name": name}
	id := name
	if form, has := arns[r.Type]; has {
		path, _ := r.Inputs["path"].(string) // IAM's names may have one
		outputs["arn"] = fmt.Sprintf(form, region, account, strings.TrimPrefix(path, "/")+name)
	}
	switch r.Type {
	case "aws:s3/bucketV2:BucketV2":
		outputs["bucket"] = name
		outputs["bucketDomainName"] = name + ".s3.amazonaws.com"
		outputs["bucketRegionalDomainName"] = fmt.Sprintf("%s.s3.%s.amazonaws.com", name, region)
	case "aws:sqs/queue:Queue":
		id = fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", region, account, name)
		outputs["url"] = id
	case "aws:sfn/stateMachine:StateMachine", "aws:sns/topic:Topic":
		id = outputs["arn"].(string)
	case "awsx:ec2:Vpc": // a component of another program: only what it gives back is known
		id = ""
		outputs = map[string]any{"vpcId": "vpc-" + digits(r, 17), "isolatedSubnetIds": []any{"subnet-" + digits(r, 17)}, "routeTables": []any{}}
	case "aws:kms/key:Key":
		outputs["keyId"] = name
	}
	return answer{id: id, outputs: outputs}
}

// physicalName is the name that is asked for, or the logical one with Pulumi's seven hexadecimal digits.
func physicalName(r Resource) string {
	for _, key := range []string{"name", "bucket"} {
		if given, is := r.Inputs[key].(string); is {
			return given
		}
	}
	if prefix, is := r.Inputs["namePrefix"].(string); is {
		return prefix + digits(r, 7)
	}
	return strings.ToLower(r.Name) + "-" + digits(r, 7)
}

// digits are hexadecimal digits that differ from resource to resource.
func digits(r Resource, count int) string {
	sum := sha256.Sum256([]byte(r.URN))
	return hex.EncodeToString(sum[:])[:count]
}
