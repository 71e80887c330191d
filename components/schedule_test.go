package components

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cronUTC is what EventBridge makes of the expressions that Cron writes: a time of a weekday, or of every day. One of the
// two day fields is a question mark.
var cronUTC = regexp.MustCompile(`^cron\((\d|[1-5]\d) (\d|1\d|2[0-3]) (?:\? \* (SUN|MON|TUE|WED|THU|FRI|SAT)|\* \* \?) \*\)$`)

// The rule fires when the clock on the wall shows what the schedule says.
func TestTheRuleFiresAtTheLocalTime(t *testing.T) {
	var times []string
	for minute := 0; minute < minutesADay; minute += 15 {
		times = append(times, fmt.Sprintf("%02d:%02d", minute/60, minute%60))
	}
	times = append(times, "00:01", "07:07", "12:34", "16:59", "23:59")

	offsets := 0
	for quarters := -12 * 4; quarters <= 14*4; quarters++ {
		offsets++
		zone := time.FixedZone("local", quarters*15*60)
		offset := time.Unix(0, 0).In(zone).Format("-07:00")
		for _, weekday := range append([]string{""}, weekdays...) {
			for _, at := range times {
				schedule := Schedule{Weekday: weekday, At: at, Offset: offset}
				if err := schedule.Check(); err != nil {
					t.Fatalf("%v: %v", schedule, err)
				}
				fields := cronUTC.FindStringSubmatch(schedule.Cron())
				if fields == nil || (fields[3] == "") != (weekday == "") {
					t.Fatalf("%v: %s", schedule, schedule.Cron())
				}
				minute, _ := strconv.Atoi(fields[1])
				hour, _ := strconv.Atoi(fields[2])
				const aSunday = 2
				day := aSunday + max(slices.Index(weekdays, fields[3]), 0)
				fires := time.Date(2024, time.June, day, hour, minute, 0, 0, time.UTC).In(zone)
				if fires.Format("15:04") != at || weekday != "" && weekdays[fires.Weekday()] != weekday {
					t.Fatalf("%v fires on %s", schedule, fires.Format("Monday 15:04 -07:00"))
				}
			}
		}
	}
	require.Equal(t, 105, offsets)
}

func TestKnownSchedules(t *testing.T) {
	for _, known := range []struct {
		schedule    Schedule
		cron, words string
	}{
		{Schedule{"SUN", "00:00", "+07:00"}, "cron(0 17 ? * SAT *)", "Sundays 00:00 +07:00"},
		{Schedule{"SAT", "20:00", "-05:00"}, "cron(0 1 ? * SUN *)", "Saturdays 20:00 -05:00"},
		{Schedule{"MON", "05:45", "+05:45"}, "cron(0 0 ? * MON *)", "Mondays 05:45 +05:45"},
		{Schedule{"WED", "13:59", "+14:00"}, "cron(59 23 ? * TUE *)", "Wednesdays 13:59 +14:00"},
		{Schedule{"THU", "12:00", "-12:00"}, "cron(0 0 ? * FRI *)", "Thursdays 12:00 -12:00"},
		{Schedule{"TUE", "09:05", "+00:00"}, "cron(5 9 ? * TUE *)", "Tuesdays 09:05 +00:00"},
		{Schedule{"FRI", "09:05", "-00:00"}, "cron(5 9 ? * FRI *)", "Fridays 09:05 -00:00"},
		{Schedule{"", "01:00", "+07:00"}, "cron(0 18 * * ? *)", "Daily 01:00 +07:00"},
	} {
		t.Run(known.words, func(t *testing.T) {
			require.NoError(t, known.schedule.Check())
			require.Equal(t, known.cron, known.schedule.Cron())
			require.Equal(t, known.words, known.schedule.String())
		})
	}
}

func TestFaultySchedulesAreRefused(t *testing.T) {
	sound := Schedule{Weekday: "SUN", At: "00:00", Offset: "+07:00"}
	require.NoError(t, sound.Check())

	for says, faulty := range map[string][]Schedule{
		"give one of SUN, MON, TUE, WED, THU, FRI, SAT, or none": {
			{"Sunday", "00:00", "+07:00"}, {"sun", "00:00", "+07:00"}, {"SU", "00:00", "+07:00"}, {" ", "00:00", "+07:00"}, {"1", "00:00", "+07:00"},
		},
		"give hours and minutes, 00:00 to 23:59": {
			{"SUN", "", "+07:00"},
			{"SUN", "24:00", "+07:00"},
			{"SUN", "0:00", "+07:00"},
			{"SUN", "00:60", "+07:00"},
			{"SUN", "00:00:00", "+07:00"},
			{"SUN", "00:00\n", "+07:00"},
			{"SUN", "midnight", "+07:00"},
		},
		"give -12:00 to +14:00 in quarter hours, such as +07:00": {
			{"SUN", "00:00", ""},
			{"SUN", "00:00", "7"},
			{"SUN", "00:00", "07:00"},
			{"SUN", "00:00", "+7:00"},
			{"SUN", "00:00", "+07:10"},
			{"SUN", "00:00", "-12:15"},
			{"SUN", "00:00", "-14:00"},
			{"SUN", "00:00", "+14:15"},
			{"SUN", "00:00", "+15:00"},
			{"SUN", "00:00", "Z"},
		},
	} {
		for _, schedule := range faulty {
			require.ErrorContains(t, schedule.Check(), says, "%q", schedule)
			require.NotContains(t, schedule.Check().Error(), "\n", "%q has one fault", schedule)
		}
	}
}

func TestEveryFaultOfAScheduleIsReportedAtOnce(t *testing.T) {
	err := Schedule{Weekday: "Someday", At: "late", Offset: "here"}.Check()
	require.ErrorContains(t, err, `weekday "Someday"`)
	require.ErrorContains(t, err, `time "late"`)
	require.ErrorContains(t, err, `UTC offset "here"`)
}
