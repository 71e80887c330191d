package randomstack

import (
	"fmt"
	"strings"
)

// setting draws the values of a setting: right ones, and such as are refused.
type setting struct{ right, wrong func(d *drawing) any }

// settings are those that Pulumi.yaml describes.
var settings = map[string]setting{
	"disposable":     boolean,
	"protect":        boolean,
	"customerKey":    boolean,
	"flexibleJobs":   boolean,
	"ingestion":      boolean,
	"privateNetwork": boolean,
	"resultQueue":    boolean,
	"alertQueue":     boolean,
	"logPayloads":    boolean,
	"tracing":        boolean,
	"analystPolicy":  boolean,
	"datasets":       {(*drawing).datasets, (*drawing).wrongDatasets},
	"resultEmails":   emails,
	"alertEmails":    emails,
	"utcOffset":      {(*drawing).utcOffset, among("", "7", 7, "07:00", "UTC", "+07:10", "+14:15", "-12:15", "+24:00", "+07:00 ", []any{}, true)},
	"weeklyOn":       {among("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), among("sun", "Sunday", "SUN,WED", 7, []any{"SUN"})},
	"weeklyAt":       {clock, among("", "0:00", "24:00", "23:60", "noon", "1:00 PM", 1, true)},
	"queryCutoffBytes": {
		between(10_485_760, 1<<50), among(10_485_759, 1<<50+1, 0, -1, 1e9+0.5, "1e9", "", "all", []any{10_485_760}, true),
	},
	"resultDays":     {between(1, 3650), days},
	"noncurrentDays": {between(1, 3650), days},
	"logDays": {
		among(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, "30"),
		among(0, 2, -1, 31, 3650, 3654, 14.5, "14.0", "", "a month", []any{14}, false),
	},
	"permissionsBoundary": {
		func(d *drawing) any {
			return one(d, "", fmt.Sprintf("arn:aws:iam::%s:policy/%s", d.digits("0123456789", 12), one(d, "boundary", "company/lake/boundary", strings.Repeat("b", 128))), "arn:aws:iam::aws:policy/PowerUserAccess")
		},
		among("boundary", "arn:aws:iam::111122223333:role/boundary", "arn:aws:iam::1111:policy/boundary", "arn:aws:iam::aws:policy/", "arn:aws:iam::111122223333:policy/*", 7, []any{}),
	},
	"rolePath": {
		among("", "/", "/datalake/", "/a/b/c/", "/a+b=c,d.e@f-g_/", "/"+strings.Repeat("a", 510)+"/"),
		among("datalake", "/datalake", "datalake/", "//", "/data lake/", "/aws-reserved/", "/"+strings.Repeat("a", 511)+"/", true, []any{}),
	},
	"kmsKeyArn": {
		func(d *drawing) any {
			return one(d, "", d.key(fmt.Sprint(d.Config["aws:region"]), "mrk-"+d.digits(hexadecimal, 32)), d.key(fmt.Sprint(d.Config["aws:region"]), d.uuid()), d.key(fmt.Sprint(d.Config["aws:region"]), d.uuid()))
		},
		func(d *drawing) any {
			return among(d.uuid(), "alias/lake", d.key("eu-west-1", "*"), d.key("sa-east-1", d.uuid()), strings.Replace(d.key(fmt.Sprint(d.Config["aws:region"]), d.uuid()), ":key/", ":alias/", 1), "true", []any{})(d)
		},
	},
	"glueConnection": {
		among("", "c", "company network", "company-network.1_", strings.Repeat("c", 255), 7),
		among("arn:aws:glue:eu-west-1:111122223333:connection/private", "*", "private ", " private", "a/b", strings.Repeat("c", 256), []any{}, map[string]any{}),
	},
	"logBucket": {
		among("", "log", "company-logs", "company.logs.1", strings.Repeat("l", 63)),
		among("arn:aws:s3:::company-logs", "s3://company-logs/", "Company-Logs", "lo", "company..logs", "-logs", strings.Repeat("l", 64), []any{"logs"}, 7),
	},
}

// exclusive are the settings that must not ask for something together.
var exclusive = [][]string{{"disposable", "protect"}, {"customerKey", "kmsKeyArn"}, {"privateNetwork", "glueConnection"}}

var (
	boolean = setting{among(true, true, false, "true", "false"), among("yes", "", "True", "false ", 0, 1, []any{}, []any{true}, map[string]any{"on": true})}
	emails  = setting{
		among([]any{}, []any{"a@example.com"}, []any{"A@example.com", "a@example.com", "trigger-a@example.com", "b.c+d@sub-domain.example.com"}, []any{strings.Repeat("x", 64) + "@example.com"}),
		among("a@example.com", "", []any{"nobody"}, []any{"a@example.com", "a@example.com"}, []any{"a@localhost"}, []any{"a b@example.com"}, []any{1}, []any{strings.Repeat("x", 65) + "@example.com"}, map[string]any{}, true),
	}
	days = among(0, -1, 3651, 1.5, "", "a week", []any{7}, true)
)

const hexadecimal = "0123456789abcdef"

// among draws one of some values.
func among(values ...any) func(*drawing) any {
	return func(d *drawing) any { return one(d, values...) }
}

// between draws a whole number, an end of the range as often as another one; as text too.
func between(least, most int) func(*drawing) any {
	return func(d *drawing) any {
		number := one(d, least, most, least+d.IntN(most-least+1), least+d.IntN(most-least+1))
		return among(number, number, fmt.Sprint(number))(d)
	}
}

func clock(d *drawing) any {
	return one(d, "00:00", "23:59", fmt.Sprintf("%02d:%02d", d.IntN(24), d.IntN(60)))
}

func (d *drawing) utcOffset() any {
	quarters := -12*4 + d.IntN(26*4+1)
	drawn := fmt.Sprintf("+%02d:%02d", quarters/4, quarters%4*15)
	if quarters < 0 {
		drawn = fmt.Sprintf("-%02d:%02d", -quarters/4, -quarters%4*15)
	}
	return one(d, drawn, drawn, drawn, "-12:00", "+14:00", "+00:00", "-00:00")
}

func (d *drawing) uuid() string {
	return strings.Join([]string{d.digits(hexadecimal, 8), d.digits(hexadecimal, 4), d.digits(hexadecimal, 4), d.digits(hexadecimal, 4), d.digits(hexadecimal, 12)}, "-")
}

func (d *drawing) key(region, id string) string {
	return fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", region, d.digits("0123456789", 12), id)
}
