package interpreter_test

import (
	"testing"
	"time"

	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

// sampleDataset writes 6 · 12 · 27 · 11 = 21,384 objects, one task each.
const sampleDataset = `{"QueryLanguage": "JSONata", "StartAt": "Start", "States": {
	"Start": {"Type": "Pass", "Next": "Years", "Assign": {
		"users": "{% [672,25,32,1,0,500,7000,13,12,120,5]#$i.{'usage': $, 'user': 'user-' & $formatNumber($i + 1, '00000000000')} %}",
		"days": "{% [1..27].$formatNumber($, '00') %}", "months": "{% [1..12].$formatNumber($, '00') %}"}},
	"Years": {"Type": "Map", "Items": "{% [2016..2021] %}", "MaxConcurrency": 1, "Output": {}, "End": true, "ItemProcessor": {"StartAt": "Months", "States": {
	"Months": {"Type": "Map", "Items": "{% $months %}", "MaxConcurrency": 1, "Output": {}, "End": true,
		"ItemSelector": "{% $states.input & '-' & $states.context.Map.Item.Value %}", "ItemProcessor": {"StartAt": "Days", "States": {
	"Days": {"Type": "Map", "Items": "{% $days %}", "MaxConcurrency": 10, "Output": {}, "End": true,
		"ItemSelector": "{% $states.input & '-' & $states.context.Map.Item.Value %}", "ItemProcessor": {"StartAt": "Day", "States": {
	"Day": {"Type": "Pass", "Next": "Users", "Assign": {"prefix": "{% 'data/daily-user-summaries/date=' & $states.input & '/' & $states.input & '_' %}"}},
	"Users": {"Type": "Map", "Items": "{% $users %}", "Output": {}, "End": true, "ItemProcessor": {"StartAt": "Write", "States": {
	"Write": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "End": true, "Output": {},
		"Arguments": {"Bucket": "processed", "Key": "{% $prefix & $states.input.user & '.json' %}", "Body": {"usage": "{% $states.input.usage %}", "user": "{% $states.input.user %}"}}}
	}}}}}}}}}}}}}}`

func BenchmarkSampleDataset(b *testing.B) {
	for b.Loop() {
		bench := newBench(b)
		bench.execution.Express = true
		written := 0
		bench.caller.answer = func(interpreter.Task) interpreter.Answer {
			written++
			return interpreter.Answer{Output: map[string]any{"ETag": "x"}, After: 100 * time.Millisecond}
		}
		result := bench.run(sampleDataset, `{}`)
		require.Equal(b, interpreter.Succeeded, result.Status)
		require.Equal(b, 21384, written)
		require.Less(b, result.Duration, 5*time.Minute)
	}
	b.ReportMetric(float64(21384*b.N)/b.Elapsed().Seconds(), "objects/s")
}
