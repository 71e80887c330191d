package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mine makes a directory with usage of two users on two days, in which users use 7 each day.
func mine(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	for _, day := range []string{"2021-01-01", "2021-01-02"} {
		for _, user := range []string{"user-1", "user-2"} {
			write(t, filepath.Join(directory, "data/daily-user-summaries/year=2021/month=01/date="+day, day+"_"+user+".json"), `{"usage":7,"user":"`+user+`"}`)
		}
	}
	return directory
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

// stored are the objects of a stack's source bucket, by their paths there.
func stored(t *testing.T, stack string) map[string]string {
	t.Helper()
	buckets, err := filepath.Glob(filepath.Join(outDirectory, stack, "store", "lake-source-*"))
	require.NoError(t, err)
	require.Len(t, buckets, 1)
	return contents(t, buckets[0])
}

func contents(t *testing.T, directory string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.Walk(directory, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		found[strings.TrimPrefix(path, directory)] = string(text)
		return err
	}))
	return found
}

// dev deploys a machine that makes sample data, prod has its sample made by a borrowed one, and the sample of weather
// comes from a script. With --data, none of them is asked, then or later.
func TestNothingIsInventedBesideAPersonsData(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		t.Run(stack, func(t *testing.T) {
			home(t)
			data := mine(t)
			code, stdout, stderr := command("run", "--stack", stack, "--data", data)
			require.Zero(t, code, stderr+stdout)
			require.Equal(t, contents(t, data), stored(t, stack))
			first := report(t, stack)
			require.Equal(t, "Copied 4 objects, 108 bytes, from "+data+" to the source bucket", first.Data.String())
			require.Len(t, first.Executions, 2)
			require.Equal(t, []string{"crawl-dataset", "execute-queries"}, []string{first.Executions[0].StateMachine, first.Executions[1].StateMachine})
			require.Equal(t, 28.0, total(t, first, "all-time-usage"))
			require.Len(t, first.NotStarted, 1)
			require.Equal(t, "weather", first.NotStarted[0].Pipeline)
			require.Regexp(t, `^nothing lies under s3://lake-source-[0-9a-f]+/raw/$`, first.NotStarted[0].Reason)
			require.Contains(t, stdout, "\nNot started\n  weather: nothing lies under s3://lake-source-")

			code, stdout, stderr = command("run", "--stack", stack, "--keep")
			require.Zero(t, code, stderr+stdout)
			require.Equal(t, contents(t, data), stored(t, stack), "the directory remembers whose data it holds")
			require.Equal(t, 28.0, total(t, report(t, stack), "all-time-usage"))
			require.Nil(t, report(t, stack).Data)

			write(t, filepath.Join(data, "data/daily-user-summaries/year=2021/month=01/date=2021-01-03/x.json"), `{"usage":100,"user":"user-1"}`)
			code, stdout, stderr = command("run", "--stack", stack, "--keep", "--data", data)
			require.Zero(t, code, stderr+stdout)
			second := report(t, stack)
			require.Equal(t, []int{5, 4}, []int{second.Data.Objects, second.Data.Replaced})
			require.False(t, second.Data.BesideSample)
			require.Equal(t, 128.0, total(t, second, "all-time-usage"))
		})
	}
}

func TestDataForNoPipelineStartsNone(t *testing.T) {
	home(t)
	data := t.TempDir()
	write(t, filepath.Join(data, "elsewhere", "x.json"), `{}`)
	code, stdout, stderr := command("run", "--data", data)
	require.Zero(t, code, stderr)
	require.Empty(t, report(t, "dev").Executions)
	require.Contains(t, stdout, "usage: nothing lies under s3://")
	require.Contains(t, stdout, "weather: nothing lies under s3://")
}

func TestDataThatCannotBeCopiedIsRefusedBeforeAnythingIsTouched(t *testing.T) {
	home(t)
	code, _, stderr := command("run", "--data", mine(t))
	require.Zero(t, code, stderr)
	before := snapshot(t, filepath.Join(outDirectory, "dev", "store"))
	faulty := mine(t)
	require.NoError(t, os.Symlink("nowhere", filepath.Join(faulty, "broken")))
	require.NoError(t, os.Symlink("..", filepath.Join(faulty, "data", "loop")))
	code, _, stderr = command("run", "--data", faulty)
	require.Equal(t, 2, code)
	require.Contains(t, stderr, `"broken" is a broken link`)
	require.Contains(t, stderr, `"data/loop" leads back to a directory that it is in`)
	require.Equal(t, before, snapshot(t, filepath.Join(outDirectory, "dev", "store")))
	require.Equal(t, 28.0, total(t, report(t, "dev"), "all-time-usage"))
}

func TestAReportThatCannotBeWrittenIsRefusedBeforeTheRun(t *testing.T) {
	home(t)
	code, _, stderr := command("run", "--data", mine(t))
	require.Zero(t, code, stderr)
	file := filepath.Join(outDirectory, "dev", "report.json")
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Mkdir(file, 0o755))
	before := snapshot(t, filepath.Join(outDirectory, "dev", "store"))
	code, _, stderr = command("run", "--data", mine(t))
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "report.json: is a directory")
	require.Equal(t, before, snapshot(t, filepath.Join(outDirectory, "dev", "store")))
}

// A directory takes the report's place while the run goes on.
func TestTheSummaryIsShownWithoutAReport(t *testing.T) {
	home(t)
	stdout := &meddler{do: func() { _ = os.Mkdir(filepath.Join(outDirectory, "dev", "report.json"), 0o755) }}
	var stderr bytes.Buffer
	code := run([]string{"run", "--data", mine(t)}, stdout, &stderr)
	require.Equal(t, 1, code)
	require.Contains(t, stderr.String(), "write the report: ")
	require.Contains(t, stdout.String(), "\nQueries\n  all-time-usage: 3 rows")
	require.NotContains(t, stdout.String(), "The whole report")
}

// meddler does something when the first execution starts.
type meddler struct {
	bytes.Buffer
	do func()
}

func (m *meddler) Write(text []byte) (int, error) {
	if strings.Contains(string(text), "crawl-dataset starts") {
		m.do()
	}
	return m.Buffer.Write(text)
}

// Where the data itself starts the crawl, it has to hold the object that does.
func TestDataStartsThePipelineThatWaitsForIt(t *testing.T) {
	home(t)
	settings, err := os.ReadFile(filepath.Join(projectDirectory, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	write(t, filepath.Join(projectDirectory, "Pulumi.arrival.yaml"), strings.Replace(string(settings), `schedule: "01:00"`, "arrival: true", 1))
	data := mine(t)
	code, stdout, stderr := command("run", "--stack", "arrival", "--pipeline", "usage", "--data", data)
	require.Zero(t, code, stderr)
	require.Empty(t, report(t, "arrival").Executions)
	require.Contains(t, stdout, "usage: no schedule starts crawl-dataset, and no object that arrived did")

	write(t, filepath.Join(data, "data/daily-user-summaries/_SUCCESS"), "")
	code, stdout, stderr = command("run", "--stack", "arrival", "--pipeline", "usage", "--data", data)
	require.Zero(t, code, stderr+stdout)
	require.Empty(t, report(t, "arrival").NotStarted)
	require.Equal(t, 28.0, total(t, report(t, "arrival"), "all-time-usage"))
}
