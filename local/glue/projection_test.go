package glue

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// projected is a table whose partitions are projected, with some parameters changed; an empty one is left out.
func projected(changes map[string]string) Table {
	table := Table{
		Database: "usage", Name: "days", Location: "s3://lake/days/", PartitionKeys: []Column{{"day", "string"}},
		Parameters: map[string]string{
			"classification":               "csv",
			"projection.enabled":           "true",
			"projection.day.type":          "date",
			"projection.day.format":        "yyyy-MM-dd",
			"projection.day.range":         "2026-11-01,NOW+1DAYS",
			"projection.day.interval":      "1",
			"projection.day.interval.unit": "DAYS",
			"storage.location.template":    "s3://lake/days/day=${day}/",
		},
	}
	maps.Copy(table.Parameters, changes)
	maps.DeleteFunc(table.Parameters, func(_, value string) bool { return value == "" })
	return table
}

// The range is inclusive, and NOW is the virtual time, in UTC.
func TestProjectedPartitions(t *testing.T) {
	for name, test := range map[string]struct {
		changes map[string]string
		days    []string
	}{
		"to tomorrow":             {nil, []string{"2026-11-01", "2026-11-21", "2026-11-22", "2026-11-23"}},
		"to today":                {map[string]string{"projection.day.range": "2026-11-01 , NOW"}, []string{"2026-11-01", "2026-11-21", "2026-11-22"}},
		"without an end in sight": {map[string]string{"projection.day.range": "2026-11-22,9999-12-31"}, []string{"2026-11-22", "2026-11-23", "2026-11-24"}},
		"the last days":           {map[string]string{"projection.day.range": "NOW-1DAY,NOW"}, []string{"2026-11-21", "2026-11-22"}},
		"hours":                   {map[string]string{"projection.day.range": "NOW-11HOURS,NOW+13HOURS"}, []string{"2026-11-21", "2026-11-22"}},
		"years":                   {map[string]string{"projection.day.range": "NOW-1YEARS,NOW-3WEEKS"}, []string{"2026-10-31", "2026-11-01"}},
		"where Hive looks":        {map[string]string{"storage.location.template": "", "projection.day.interval": "", "projection.day.interval.unit": ""}, []string{"2026-11-01", "2026-11-21", "2026-11-22", "2026-11-23"}},
		"elsewhere":               {map[string]string{"storage.location.template": "s3://lake/other/${day}/csv/"}, []string{"2026-11-20"}},
		"not at all":              {map[string]string{"projection.enabled": "false"}, []string{"1999-01-01"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			for _, key := range []string{
				"days/day=2026-10-31/a", "days/day=2026-11-01/a", "days/day=2026-11-21/a", "days/day=2026-11-21/b", "days/day=2026-11-22/deeper/a",
				"days/day=2026-11-23/a", "days/day=2026-11-24/a", "days/plant=1/day=2026-11-20/a", "days/day=2026-11-31/a", "days/day=2026-11-2/a",
				"days/day=2026-11-19/_a", "days/day=2026-11-18/.deeper/a", "days/day=2026-11-17/", "days/day=2026-11-16", "other/2026-11-20/csv/a", "other/2026-11-21/a",
			} {
				l.put(key, "x")
			}
			table := projected(test.changes)
			require.NoError(t, l.CreateTable(table))
			table = l.table("days")
			table.Partitions = []Partition{{Values: []string{"1999-01-01"}, Location: "s3://lake/days/day=1999-01-01/"}}
			got, err := l.Projected(table)
			require.NoError(t, err)
			require.Equal(t, test.days, values(got), "what the catalog knows is not looked at")
		})
	}
}

func TestNothingIsLeftToProject(t *testing.T) {
	l := newLab(t)
	l.put("days/day=2026-11-21/a", "x")
	table := projected(nil)
	got, err := l.Projected(table)
	require.NoError(t, err)
	require.Equal(t, []Partition{{Values: []string{"2026-11-21"}, Location: "s3://lake/days/day=2026-11-21/"}}, got.Partitions)
	require.Equal(t, map[string]string{"classification": "csv"}, got.Parameters)
	require.Equal(t, "true", table.Parameters["projection.enabled"], "the catalog's own table stays as it is")
}

func TestProjectionsThatAreNotSupported(t *testing.T) {
	l := newLab(t)
	for says, changes := range map[string]map[string]string{
		`projection.day.type is "integer"`:                        {"projection.day.type": "integer"},
		`projection.day.format is "yyyy/MM/dd"`:                   {"projection.day.format": "yyyy/MM/dd"},
		`projection.day.interval is "2"`:                          {"projection.day.interval": "2"},
		`projection.day.interval.unit is "HOURS"`:                 {"projection.day.interval.unit": "HOURS"},
		`projection.plant.type is "enum"`:                         {"projection.plant.type": "enum"},
		"no parameter projection.day.format":                      {"projection.day.format": ""},
		"no parameter projection.day.range":                       {"projection.day.range": ""},
		`range is "2026-11-01"`:                                   {"projection.day.range": "2026-11-01"},
		`range is "2026-11-01,NOW+1FORTNIGHT": give two days, or`: {"projection.day.range": "2026-11-01,NOW+1FORTNIGHT"},
		`range is "2026-11-01,2026-11-31"`:                        {"projection.day.range": "2026-11-01,2026-11-31"},
		`template is "s3://lake/days/"`:                           {"storage.location.template": "s3://lake/days/"},
		`template is "s3://lake/${day}"`:                          {"storage.location.template": "s3://lake/${day}"},
		`such as s3://bucket/table/day=${day}/`:                   {"storage.location.template": "lake/${day}/"},
		`template is "s3://lake/${plant}/${day}/"`:                {"storage.location.template": "s3://lake/${plant}/${day}/"},
		`template is "s3://lake${day}/"`:                          {"storage.location.template": "s3://lake${day}/"},
		"creating table usage.days: its parameter projection.day": {"projection.day.digits": "2"},
	} {
		require.ErrorContains(t, l.CreateTable(projected(changes)), says)
	}
	table := projected(nil)
	table.PartitionKeys = append(table.PartitionKeys, Column{"plant", "string"})
	require.ErrorContains(t, l.CreateTable(table), "projected by 2 keys")
}

func TestPartitionsThatCantBeListed(t *testing.T) {
	l := newLab(t)
	_, err := l.Projected(projected(map[string]string{"storage.location.template": "s3://gone/${day}/"}))
	require.ErrorContains(t, err, "project the partitions of usage.days: S3.NoSuchBucketException")
}
