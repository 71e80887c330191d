package main

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"datalake/local/prices"

	"github.com/stretchr/testify/require"
)

// docs/scale.md's amounts and hours are those that the table of prices gives.
func TestThePageOfScale(t *testing.T) {
	stores, err := os.ReadFile(filepath.Join(etlFolder, "weather", "stores.py"))
	require.NoError(t, err)
	threads := regexp.MustCompile(`(?m)^    threads = (\d+)$`).FindSubmatch(stores)
	require.NotNil(t, threads, "etl/weather/stores.py says how many objects are read at a time")
	atATime, err := strconv.ParseFloat(string(threads[1]), 64)
	require.NoError(t, err)
	// reading is the hours in which workers of four cores, but for the driver, read objects at 100 ms each.
	reading := func(objects int, workers float64) float64 {
		return float64(objects) * 0.1 / (atATime * 4 * (workers - 1)) / 3600
	}

	const gigabyte = 1_000_000_000
	for first, table := range map[string]struct {
		rows []string
		row  func(number int) []float64
	}{
		"a table of": {[]string{"1 GB", "1,000 GB", "1,000,000 GB"}, func(gigabytes int) []float64 {
			size := int64(gigabytes) * gigabyte
			return []float64{prices.Athena(size), prices.Athena(size / 1000), prices.Stored(float64(size))}
		}},
		"partitions": {[]string{"10", "1,000,000", "10,000,000"}, func(partitions int) []float64 {
			return []float64{prices.Catalog(partitions), 30 * prices.Crawl(10*time.Minute), 30 * prices.Crawl(time.Hour)}
		}},
		"messages a week": {[]string{"10,000", "1,000,000", "100,000,000"}, func(messages int) []float64 {
			read := messages * 9 / 7
			return []float64{
				prices.IoT(messages), prices.S3(messages, 0), prices.EventBridge(messages), prices.S3(0, read), reading(read, 2), reading(read, 100),
			}
		}},
		"workers": {[]string{"2", "10", "100"}, func(workers int) []float64 {
			return []float64{prices.GlueJob(float64(workers), time.Hour, false), prices.GlueJob(float64(workers), time.Hour, true)}
		}},
	} {
		_, after, found := strings.Cut(docsPage(t, "scale.md"), "\n| "+first+" |")
		require.True(t, found, first)
		after, _, _ = strings.Cut(after, "\n\n")
		lines := strings.Split(after, "\n")[2:]
		require.Len(t, lines, len(table.rows), first)
		for i, name := range table.rows {
			number, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSuffix(name, " GB"), ",", ""))
			require.NoError(t, err)
			want := "| " + name + " |"
			for _, value := range table.row(number) {
				want += " " + threeDigits(value) + " |"
			}
			require.Equal(t, want, lines[i], first)
		}
	}
}

// The settings that the page turns exist, and the fields where there is no setting.
func TestThePageOfScaleTurnsWhatThereIs(t *testing.T) {
	var sources string
	for _, file := range []string{"Pulumi.yaml", "stack/config_datasets.go", "stack/weather.go", "components/weeklyetl.go", "components/job.go"} {
		text, err := os.ReadFile(filepath.Join(projectDirectory, file))
		require.NoError(t, err)
		sources += string(text)
	}
	named := regexp.MustCompile("`([A-Za-z]+)(?:: [a-z]+)?`").FindAllStringSubmatch(section(t, "docs/scale.md", "Which setting, when"), -1)
	require.Greater(t, len(named), 12)
	for _, name := range named {
		require.Regexp(t, `\b`+name[1]+`\b`, sources)
	}
}

// threeDigits is an amount as the page writes it: three digits that count, no zeros after them, commas between thousands.
func threeDigits(value float64) string {
	if value == 0 {
		return "0"
	}
	places := 2 - int(math.Floor(math.Log10(value)))
	text := strconv.FormatFloat(value, 'f', max(0, places), 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		return whole + "." + fraction
	}
	return whole
}
