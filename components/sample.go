package components

import (
	"fmt"
	"strings"
	"time"

	"datalake/asl"
)

// How much is written at once: 3 × 5 × 11 = 165 objects, well under the 3,500 writes a second that S3 takes for a
// prefix. A round of them takes some tenths of a second, so that 500 rounds stay well inside Express's five minutes.
const (
	monthsAtOnce, daysAtOnce, subjectsAtOnce = 3, 5, 11
	maxRounds                                = 500
)

// machine is the state machine of a SampleDataset. It is an Express workflow, since a sample's thousands of calls do not
// fit the history of a Standard one.
func (a SampleDatasetArgs) machine() asl.Machine {
	subjects := a.Subject + "s"
	return asl.Machine{
		Comment: fmt.Sprintf("Writes the sample %s dataset, an object for each %s and day", a.Name, a.Subject),
		Express: true,
		Timeout: 5 * time.Minute,
		Flow: asl.Flow{
			asl.Choice{
				Name:      "Check the input",
				Rules:     a.refusals("Refuse the input"),
				Otherwise: "Take the input or the sample",
			},
			asl.Fail{Name: "Refuse the input", Error: "InvalidInput", Cause: asl.JSONata(`$refusal`)},
			asl.Pass{Name: "Take the input or the sample", Assign: map[string]any{
				"years":  inputOr("years", a.Years),
				"months": []any{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
				"days":   inputOr("days", a.dayList()),
				subjects: inputOr(subjects, a.entryList()),
			}},
			asl.Map{Name: "Years", Items: `$years`, Concurrency: 1, Output: sumOfResults, Each: asl.Flow{
				asl.Pass{Name: "Take the year", Assign: map[string]any{"year": asl.JSONata(`$states.input`)}},
				asl.Map{Name: "Months", Items: `$months`, Concurrency: monthsAtOnce, Output: sumOfResults, Each: asl.Flow{
					asl.Pass{Name: "Take the month", Assign: map[string]any{"month": asl.JSONata(`$formatInteger($states.input, '00')`)}},
					asl.Map{Name: "Days", Items: `$days`, Concurrency: daysAtOnce, Output: sumOfResults, Each: asl.Flow{
						asl.Pass{Name: "Name the day", Assign: map[string]any{"objectPrefix": asl.JSONata(`(
							$date := $year & '-' & $month & '-' & $formatInteger($states.input, '00');
							'` + a.Prefix + `year=' & $year & '/month=' & $month & '/date=' & $date & '/' & $date & '_'
						)`)}},
						asl.Map{Name: strings.ToUpper(subjects[:1]) + subjects[1:], Items: "$" + subjects, Concurrency: subjectsAtOnce, Output: sumOfResults, Each: asl.Flow{
							asl.Task{
								Name: "Write the summary",
								Call: asl.PutObject(a.Bucket.Name, asl.JSONata(`$objectPrefix & $states.input.`+a.Subject+` & '.json'`),
									asl.JSONata(`$states.input`), a.Bucket.Objects(a.Prefix)),
								Timeout: callTimeout,
								Retry:   shortly(),
								Output:  1,
							},
						}},
					}},
				}},
			}},
			asl.Task{
				Name:    "Mark the dataset complete",
				Call:    asl.PutObject(a.Bucket.Name, a.Prefix+"_SUCCESS", nil, a.Bucket.Objects(a.Prefix)),
				Timeout: callTimeout,
				Retry:   shortly(),
				Output:  asl.JSONata(`{"objects": $states.input}`),
			},
		},
	}
}

// sumOfResults counts the objects that the iterations have written; their own outputs would outgrow a payload.
var sumOfResults = asl.JSONata(`$sum($states.result)`)

// shortly repeats a write that S3 could not take at once: five minutes leave no room for more patience.
func shortly() []asl.Retrier {
	return []asl.Retrier{{
		Errors:   asl.PutObject(nil, "", nil, nil).Throttles,
		Interval: time.Second,
		Backoff:  2,
		MaxDelay: 5 * time.Second,
		Attempts: 4,
		Jitter:   true,
	}}
}

// refusals are the rules that refuse an input. Subjects become parts of keys, so only plain ones are taken.
func (a SampleDatasetArgs) refusals(next string) []asl.Rule {
	subjects := a.Subject + "s"
	refuse := func(comment, condition, why string) asl.Rule {
		return asl.Rule{Comment: comment, If: condition, Next: next, Assign: map[string]any{"refusal": why}}
	}
	given := func(name, sound string) string {
		return fmt.Sprintf(`$exists($states.input.%[1]s) ? ($list := $states.input.%[1]s; $not($type($list) = 'array' and $count($list) > 0
			? $count($distinct($list)) = $count($list) and $count($list[%[2]s]) = $count($list) : false)) : false`, name, sound)
	}
	count := func(name string, fallback int) string {
		return fmt.Sprintf(`($exists($states.input.%[1]s) ? $count($states.input.%[1]s) : %[2]d)`, name, fallback)
	}
	whole := func(from, to int) string {
		return fmt.Sprintf(`$type($) = 'number' ? $ = $floor($) and $ >= %d and $ <= %d : false`, from, to)
	}
	rounds := fmt.Sprintf(`%s * %d * $ceil(%s / %d) * $ceil(%s / %d)`, count("years", len(a.Years)), 12/monthsAtOnce,
		count("days", a.Days), daysAtOnce, count(subjects, len(a.Entries)), subjectsAtOnce)
	return []asl.Rule{
		refuse("something else is given", fmt.Sprintf(`$type($states.input) != 'object' ? true : $count($keys($states.input)[$not($ in ['years', 'days', '%s', 'comment', 'Comment'])]) > 0`, subjects),
			fmt.Sprintf("The input is an object with years, days and %s, each of which may be left out; it holds something else.", subjects)),
		refuse("years is unsound", given("years", whole(1000, 9999)), "years is a list of different years, such as [2020, 2021]."),
		refuse("days is unsound", given("days", whole(1, maxDay)), fmt.Sprintf("days is a list of different days of the month, from 1 to %d, such as [1, 2, 3].", maxDay)),
		refuse(subjects+" is unsound", given(subjects, fmt.Sprintf(`$type($) = 'object' ? ($type(%[1]s) = 'string' and $type(%[2]s) = 'number' and $count($keys($)) = 2
			? $contains(%[1]s, /^%[3]s$/) : false) : false`, a.Subject, a.Measure, subjectForm)),
			fmt.Sprintf(`%s is a list of different objects such as {"%s": %d, "%s": "%s"}, with 1 to 64 letters, digits, _ and - in %[4]s.`,
				subjects, a.Measure, a.Entries[0].Measure, a.Subject, a.Entries[0].Subject)),
		refuse(fmt.Sprintf("a %s is named twice", a.Subject), fmt.Sprintf(`$exists($states.input.%[1]s) ? $count($distinct($states.input.%[1]s.%[2]s)) < $count($states.input.%[1]s) : false`, subjects, a.Subject),
			fmt.Sprintf("%s names a %s twice: its objects would overwrite each other.", subjects, a.Subject)),
		refuse("it is too large", rounds+fmt.Sprintf(" > %d", maxRounds),
			fmt.Sprintf("The input is too large for one run of five minutes: years × %d × (days / %d, rounded up) × (%s / %d, rounded up) is at most %d. Give fewer years, days or %[3]s, and run it more than once.",
				12/monthsAtOnce, daysAtOnce, subjects, subjectsAtOnce, maxRounds)),
	}
}

// rounds is how many times the machine writes as much as it writes at once, for what the arguments say.
func (a SampleDatasetArgs) rounds() int {
	return len(a.Years) * 12 / monthsAtOnce * roundedUp(a.Days, daysAtOnce) * roundedUp(len(a.Entries), subjectsAtOnce)
}

func roundedUp(count, at int) int { return (count + at - 1) / at }

// inputOr is the input's member, or what stands for it.
func inputOr(name string, fallback any) string {
	text, err := asl.Encode(fallback)
	if err != nil {
		panic(err) // numbers and texts can always be encoded
	}
	return asl.JSONata(fmt.Sprintf(`$exists($states.input.%[1]s) ? $states.input.%[1]s : %[2]s`, name, text))
}

func (a SampleDatasetArgs) dayList() (days []int) {
	for day := range a.Days {
		days = append(days, day+1)
	}
	return days
}

func (a SampleDatasetArgs) entryList() (entries []any) {
	for _, entry := range a.Entries {
		entries = append(entries, map[string]any{a.Measure: entry.Measure, a.Subject: entry.Subject})
	}
	return entries
}
