package components

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// datasetWords are what a dataset of a stack is about. What a component says of one, its arguments say.
//
// AWS's own words are none: GetBucketLocation, ScriptLocation, OutputLocation, resultLocation, storage.location.template,
// XRay's PutTelemetryRecords.
var (
	datasetWords = regexp.MustCompile(`(?i)weather|temperature|humidity|device|location|telemetry|rainfall|usage|\busers?\b`)
	awsWords     = regexp.MustCompile(`GetBucketLocation|storage\.location\.template|(Script|Output|result)Location\b|\b"?Location\b|PutTelemetryRecords`)
)

func TestComponentsKnowNoDataset(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	read := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		read++
		for number, line := range strings.Split(string(text), "\n") {
			require.Empty(t, wordsOfDatasets(line), "%s:%d: %s", file, number+1, strings.TrimSpace(line))
		}
	}
	require.Greater(t, read, 20, "components/ is what is read")
}

func TestTheWordsOfDatasetsAreFound(t *testing.T) {
	for line, found := range map[string][]string{
		`Name: "WeatherDataTransformJob"`:                          {"Weather"},
		`{"device_id", "string", "the device, else its location"}`: {"device", "device", "location"},
		"SELECT * FROM 'weatherPlatform/telemetry/+'":              {"weather", "telemetry"},
		`"usage summary of each user"`:                             {"usage", "user"},
		"data/daily-user-summaries/":                               {"user"},
		`ScriptLocation: script, // of the device`:                 {"device"},
		`"s3:GetBucketLocation", "xray:PutTelemetryRecords"`:       nil,
		`"storage.location.template": bucket.URI(prefix),`:         nil,
		`"Location": 's3://' & $processedBucket`:                   nil,
	} {
		require.Equal(t, found, wordsOfDatasets(line), line)
	}
}

func wordsOfDatasets(line string) []string {
	return datasetWords.FindAllString(awsWords.ReplaceAllString(line, ""), -1)
}
