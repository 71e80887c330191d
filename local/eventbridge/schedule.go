package eventbridge

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule is a rule's schedule expression, in UTC: cron(minutes hours day-of-month month day-of-week year), or
// rate(value unit).
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
type Schedule struct {
	rate                                          time.Duration
	minutes, hours, days, months, weekdays, years []int
	// anyDay and anyWeekday are the question marks, of which a cron expression has exactly one.
	anyDay, anyWeekday bool
}

var (
	cronForm = regexp.MustCompile(`^cron\((.*)\)$`)
	rateForm = regexp.MustCompile(`^rate\(([0-9]+) (minute|hour|day)(s?)\)$`)
)

// ParseSchedule reads a schedule expression. The wildcards L, W and # are not supported here.
func ParseSchedule(expression string) (*Schedule, error) {
	if rate := rateForm.FindStringSubmatch(expression); rate != nil {
		return parseRate(expression, rate)
	}
	cron := cronForm.FindStringSubmatch(expression)
	if cron == nil {
		return nil, fmt.Errorf("schedule %q: give cron(…) or rate(…)", expression)
	}
	fields := strings.Fields(cron[1])
	if len(fields) != 6 {
		return nil, fmt.Errorf("schedule %q has %d fields: cron takes six", expression, len(fields))
	}
	s := &Schedule{anyDay: fields[2] == "?", anyWeekday: fields[4] == "?"}
	if s.anyDay == s.anyWeekday {
		return nil, fmt.Errorf("schedule %q: exactly one of day-of-month and day-of-week is ?", expression)
	}
	for i, field := range []struct {
		into        *[]int
		least, most int
		names       string
	}{
		{&s.minutes, 0, 59, ""},
		{&s.hours, 0, 23, ""},
		{&s.days, 1, 31, ""},
		{&s.months, 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"},
		{&s.weekdays, 1, 7, "SUN MON TUE WED THU FRI SAT"},
		{&s.years, 1970, 2199, ""},
	} {
		values, err := parseField(fields[i], field.least, field.most, strings.Fields(field.names))
		if err != nil {
			return nil, fmt.Errorf("schedule %q: %w", expression, err)
		}
		*field.into = values
	}
	return s, nil
}

func parseRate(expression string, rate []string) (*Schedule, error) {
	value, err := strconv.Atoi(rate[1])
	if err != nil || value < 1 || (value == 1) != (rate[3] == "") {
		return nil, fmt.Errorf("schedule %q: give a positive number, and the unit in the singular for 1 only", expression)
	}
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[rate[2]]
	return &Schedule{rate: time.Duration(value) * unit}, nil
}

// parseField reads a list of values, ranges and steps.
func parseField(field string, least, most int, names []string) ([]int, error) {
	var values []int
	for _, part := range strings.Split(field, ",") {
		body, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			var err error
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return nil, fmt.Errorf("the step in %q is not a positive number", part)
			}
		}
		from, to := least, most
		if body != "*" && body != "?" {
			low, high, isRange := strings.Cut(body, "-")
			var err error
			if from, err = parseValue(low, least, most, names); err != nil {
				return nil, err
			}
			switch {
			case isRange:
				if to, err = parseValue(high, least, most, names); err != nil {
					return nil, err
				}
			case !stepped:
				to = from
			}
		}
		for value := from; value <= to; value += step {
			values = append(values, value)
		}
	}
	slices.Sort(values)
	return slices.Compact(values), nil
}

func parseValue(text string, least, most int, names []string) (int, error) {
	if i := slices.Index(names, strings.ToUpper(text)); i >= 0 {
		return least + i, nil
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		return 0, fmt.Errorf("%q is not a value from %d to %d that the local run knows", text, least, most)
	}
	return value, nil
}

// Next is the first time after the given one at which the schedule fires, in UTC; false when there is none before 2200.
// A rate counts from the given time.
func (s *Schedule) Next(after time.Time) (time.Time, bool) {
	if s.rate > 0 {
		return after.Add(s.rate), true
	}
	after = after.UTC()
	for day := after.Truncate(24 * time.Hour); day.Year() <= 2199; day = day.AddDate(0, 0, 1) {
		if !s.onDay(day) {
			continue
		}
		for _, hour := range s.hours {
			for _, minute := range s.minutes {
				at := day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
				if at.After(after) {
					return at, true
				}
			}
		}
	}
	return time.Time{}, false
}

func (s *Schedule) onDay(day time.Time) bool {
	return slices.Contains(s.years, day.Year()) && slices.Contains(s.months, int(day.Month())) &&
		(s.anyDay || slices.Contains(s.days, day.Day())) &&
		(s.anyWeekday || slices.Contains(s.weekdays, int(day.Weekday())+1))
}
