package eventbridge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestScheduleFiresNext(t *testing.T) {
	monday := "2026-01-05T10:15:30Z"
	for _, test := range []struct{ expression, after, next string }{
		{"cron(0 18 * * ? *)", monday, "2026-01-05T18:00:00Z"},
		{"cron(15 10 * * ? *)", monday, "2026-01-06T10:15:00Z"},
		{"cron(0 17 ? * SAT *)", monday, "2026-01-10T17:00:00Z"},
		{"cron(0 17 ? * 7 *)", monday, "2026-01-10T17:00:00Z"},
		{"cron(0/20 8-18 ? * MON-FRI *)", monday, "2026-01-05T10:20:00Z"},
		{"cron(45,30 10 * * ? *)", monday, "2026-01-05T10:30:00Z"},
		{"cron(0 0 31 * ? *)", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"},
		{"cron(0 0 29 FEB ? *)", monday, "2028-02-29T00:00:00Z"},
		{"cron(0 0 1 1 ? 2030)", monday, "2030-01-01T00:00:00Z"},
		{"rate(5 minutes)", monday, "2026-01-05T10:20:30Z"},
		{"rate(1 day)", monday, "2026-01-06T10:15:30Z"},
	} {
		schedule, err := ParseSchedule(test.expression)
		require.NoError(t, err)
		after, err := time.Parse(time.RFC3339, test.after)
		require.NoError(t, err)
		next, fires := schedule.Next(after)
		require.True(t, fires)
		require.Equal(t, test.next, next.Format(time.RFC3339), test.expression)
	}
	past, err := ParseSchedule("cron(0 0 1 1 ? 2020)")
	require.NoError(t, err)
	_, fires := past.Next(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	require.False(t, fires)
}

func TestScheduleIsRefused(t *testing.T) {
	for expression, why := range map[string]string{
		"0 18 * * ? *":             "give cron(…) or rate(…)",
		"cron(0 18 * * ?)":         "has 5 fields",
		"cron(0 18 * * * *)":       "exactly one",
		"cron(0 18 ? * ? *)":       "exactly one",
		"cron(60 18 * * ? *)":      `"60"`,
		"cron(0 18 L * ? *)":       `"L"`,
		"cron(0 18 ? * 2#1 *)":     `"2#1"`,
		"cron(0/0 18 * * ? *)":     "step",
		"rate(1 minutes)":          "singular",
		"rate(5 minute)":           "singular",
		"rate(0 minutes)":          "positive",
		"rate(10 fortnights)":      "give cron(…) or rate(…)",
		"cron(0 18 ? * SOMEDAY *)": `"SOMEDAY"`,
	} {
		_, err := ParseSchedule(expression)
		require.ErrorContains(t, err, why, expression)
	}
}
