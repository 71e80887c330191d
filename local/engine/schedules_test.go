package engine

import (
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/stack"

	"github.com/stretchr/testify/require"
)

// twoSchedules is a dataset with two schedules: new folders each night, and everything on Sundays.
const twoSchedules = `datalake:datasets=[{"name": "orders", "prefix": "orders/", "schedule": "01:00", "fullCrawl": "SUN 03:00"}]`

func TestTwoSchedulesOfOneMachine(t *testing.T) {
	e := open(t, twoSchedules)
	var began []string
	for range 7 {
		require.NoError(t, e.Schedule("crawl-orders"))
		e.Run()
		last := e.executions[len(e.executions)-1]
		require.Equal(t, "SUCCEEDED", last.Status)
		began = append(began, last.start(t, e)+" "+last.States[1]+" by "+last.Trigger)
	}
	usual, full := " Take the usual crawler by schedule crawl-orders-trigger", " Take the crawler of everything by schedule crawl-orders-full-trigger"
	require.Equal(t, []string{
		"2026-01-05T18:00:00Z" + usual, "2026-01-06T18:00:00Z" + usual, "2026-01-07T18:00:00Z" + usual,
		"2026-01-08T18:00:00Z" + usual, "2026-01-09T18:00:00Z" + usual, "2026-01-10T18:00:00Z" + usual,
		"2026-01-10T20:00:00Z" + full,
	}, began, "the one that comes first, with its own input")
}

// The week's crawl of new folders is what is looked for; that of everything comes before it, and both come before the check.
func TestWhateverStartsAMachineStartsItBeforeItsCheck(t *testing.T) {
	e := open(t, `datalake:datasets=[{"name": "orders", "prefix": "orders/", "schedule": "SAT 22:00", "fullCrawl": "WED 03:00"}]`)
	require.NoError(t, e.Schedule("crawl-orders", stack.Check("orders")))
	e.Run()
	var began []string
	for _, x := range e.executions {
		began = append(began, x.Started.Format(time.RFC3339)+" "+x.Status+" by "+x.Trigger)
	}
	require.Equal(t, []string{
		"2026-01-06T20:00:00Z SUCCEEDED by schedule crawl-orders-full-trigger",
		"2026-01-10T15:00:00Z SUCCEEDED by schedule crawl-orders-trigger",
		"2026-01-10T18:00:00Z SUCCEEDED by schedule watchdog-orders-trigger",
	}, began)
}

func TestSchedulesListsBothOfAMachine(t *testing.T) {
	loaded, err := mockaws.LoadStack("../..", "dev")
	require.NoError(t, err)
	loaded.Config["datalake:datasets"] = twoSchedules[len("datalake:datasets="):]
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	require.NoError(t, err)
	scheduled, err := Schedules(evaluation, DefaultStart, 1)
	require.NoError(t, err)
	words := map[string]time.Time{}
	for _, s := range scheduled {
		words[s.Name+" starts "+s.StateMachine+": "+s.Words] = s.Next[0].In(s.Local)
	}
	for said, next := range map[string]string{
		"crawl-orders starts crawl-orders: Daily 01:00 +07:00":        "Tue 01:00",
		"crawl-orders-full starts crawl-orders: Sundays 03:00 +07:00": "Sun 03:00",
		"weekly-etl starts weekly-etl: Sundays 00:00 +07:00":          "Sun 00:00",
		"watchdog-weather starts watchdog: Sundays 05:10 +07:00":      "Sun 05:10",
	} {
		require.Equal(t, next, words[said].Format("Mon 15:04"), said)
	}
	require.Len(t, scheduled, 4)
}
