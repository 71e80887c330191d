package components

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule is a time of each day, or of one day of each week, as a person would say it.
type Schedule struct {
	// Weekday is SUN to SAT; empty for every day.
	Weekday string
	// At is the local time, HH:MM.
	At string
	// Offset is the local time's offset from UTC, from -12:00 to +14:00 in quarter hours, such as +07:00.
	Offset string
}

const (
	minutesADay  = 24 * 60
	minutesAWeek = 7 * minutesADay
)

var (
	weekdays     = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	weekdayNames = []string{"Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"}
	timeOfDay    = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)
	utcOffset    = regexp.MustCompile(`^([+-])(0[0-9]|1[0-4]):(00|15|30|45)$`)
)

// Check reports everything that is wrong with the schedule.
func (s Schedule) Check() error {
	var faults []error
	if s.Weekday != "" && !slices.Contains(weekdays, s.Weekday) {
		faults = append(faults, fmt.Errorf("weekday %q: give one of %s, or none for every day", s.Weekday, strings.Join(weekdays, ", ")))
	}
	if !timeOfDay.MatchString(s.At) {
		faults = append(faults, fmt.Errorf("time %q: give hours and minutes, 00:00 to 23:59", s.At))
	}
	if minutes, ok := offsetMinutes(s.Offset); !ok || minutes < -12*60 || minutes > 14*60 {
		faults = append(faults, fmt.Errorf("UTC offset %q: give -12:00 to +14:00 in quarter hours, such as +07:00", s.Offset))
	}
	return errors.Join(faults...)
}

// Cron is the schedule as an EventBridge rule takes it, which knows UTC only. The schedule must have passed Check.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
func (s Schedule) Cron() string {
	offset, _ := offsetMinutes(s.Offset)
	utc := s.shifted(-offset)
	day := "* * ?"
	if s.Weekday != "" {
		day = "? * " + weekdays[utc/minutesADay]
	}
	return fmt.Sprintf("cron(%d %d %s *)", utc%60, utc%minutesADay/60, day)
}

// after is the schedule that comes so much later, in whole minutes. The schedule must have passed Check.
func (s Schedule) after(later time.Duration) Schedule {
	minute := s.shifted(int(later.Minutes()))
	if s.Weekday != "" {
		s.Weekday = weekdays[minute/minutesADay]
	}
	s.At = fmt.Sprintf("%02d:%02d", minute%minutesADay/60, minute%60)
	return s
}

// shifted is the minute of the week, from Sunday's midnight on, that comes some minutes after the schedule's or, below zero,
// before it. One of every day counts as Sunday's.
func (s Schedule) shifted(minutes int) int {
	at := timeOfDay.FindStringSubmatch(s.At)
	minute := max(0, slices.Index(weekdays, s.Weekday))*minutesADay + number(at[1])*60 + number(at[2]) + minutes
	return (minute%minutesAWeek + minutesAWeek) % minutesAWeek
}

// daily tells whether there is a schedule, and one of every day.
func (s *Schedule) daily() bool { return s != nil && s.Weekday == "" }

// String is the schedule in words, such as "Sundays 00:00 +07:00".
func (s Schedule) String() string {
	day := "Daily"
	if i := slices.Index(weekdays, s.Weekday); i >= 0 {
		day = weekdayNames[i]
	}
	return fmt.Sprintf("%s %s %s", day, s.At, s.Offset)
}

func offsetMinutes(text string) (int, bool) {
	parts := utcOffset.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	minutes := number(parts[2])*60 + number(parts[3])
	if parts[1] == "-" {
		minutes = -minutes
	}
	return minutes, true
}

// number reads digits that a pattern has found.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
