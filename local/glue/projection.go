package glue

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"

	"datalake/local/objects"
)

// projection is how the partitions of a table are computed rather than looked up: one a day, whose folder a template names.
// That is what there is of projections here; any other is refused.
//
// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
type projection struct {
	first, last bound
	// bucket, before and after are the template, split where the day stands.
	bucket, before, after string
}

// bound is an end of a range: a day, or one counted from now.
type bound func(now time.Time) time.Time

// Parameters of a table that say whether its partitions are projected, and where they lie.
const (
	projectionPrefix  = "projection."
	projectionEnabled = projectionPrefix + "enabled"
	locationTemplate  = "storage.location.template"
)

// IsProjected tells whether the table's partitions are computed, so that nobody looks them up in the catalog.
func (t Table) IsProjected() bool {
	return strings.EqualFold(strings.TrimSpace(t.Parameters[projectionEnabled]), "true")
}

// projection reads a table's parameters; nil if its partitions are those of the catalog.
func (t Table) projection() (*projection, error) {
	if !t.IsProjected() {
		return nil, nil
	}
	if len(t.PartitionKeys) != 1 {
		return nil, fmt.Errorf("its partitions are projected by %d keys: the local run projects them by one, of the type date", len(t.PartitionKeys))
	}
	key := t.PartitionKeys[0].Name
	own := projectionPrefix + key + "."
	for name, value := range t.Parameters {
		value = strings.TrimSpace(value)
		supported := true
		switch name {
		case projectionEnabled, own + "range":
		case own + "type":
			supported = strings.EqualFold(value, "date")
		case own + "format":
			supported = value == "yyyy-MM-dd"
		case own + "interval":
			supported = value == "1"
		case own + "interval.unit":
			supported = strings.EqualFold(value, "days")
		default:
			supported = !strings.HasPrefix(name, projectionPrefix)
		}
		if !supported {
			return nil, fmt.Errorf("its parameter %s is %q: the local run projects the partitions of one key, of the type date, the format yyyy-MM-dd and an interval of 1 DAYS", name, value)
		}
	}
	for _, required := range []string{"type", "format", "range"} {
		if t.Parameters[own+required] == "" {
			return nil, fmt.Errorf("its partitions are projected and it has no parameter %s%s, without which Athena refuses every query", own, required)
		}
	}
	from, to, both := strings.Cut(t.Parameters[own+"range"], ",")
	first, last := readBound(from), readBound(to)
	if !both || first == nil || last == nil {
		return nil, fmt.Errorf("its parameter %srange is %q: give two days, or NOW and what is added to it, such as 2020-01-01,NOW+1DAYS", own, t.Parameters[own+"range"])
	}
	template := t.Parameters[locationTemplate]
	if template == "" {
		template = strings.TrimSuffix(t.Location, "/") + "/" + key + "=${" + key + "}/"
	}
	before, after, found := strings.Cut(template, "${"+key+"}")
	bucket, before := objects.SplitURI(before)
	if !found || bucket == "" || !strings.HasPrefix(template, "s3://"+bucket+"/") || !strings.HasSuffix(template, "/") || strings.Contains(before+after, "${") {
		return nil, fmt.Errorf("its parameter %s is %q: give the folder of a partition, such as s3://bucket/table/%s=${%[3]s}/", locationTemplate, template, key)
	}
	return &projection{first, last, bucket, before, after}, nil
}

var fromNow = regexp.MustCompile(`^NOW\s*(?:([+-])\s*([0-9]{1,9})\s*(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?$`)

// readBound reads an end of a range; nil if it is none.
func readBound(text string) bound {
	text = strings.TrimSpace(text)
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return func(time.Time) time.Time { return day }
	}
	parts := fromNow.FindStringSubmatch(text)
	if parts == nil {
		return nil
	}
	count, _ := strconv.Atoi(parts[1] + parts[2]) // nothing is 0
	return func(now time.Time) time.Time {
		switch now = now.UTC(); parts[3] {
		case "YEAR":
			return now.AddDate(count, 0, 0)
		case "MONTH":
			return now.AddDate(0, count, 0)
		case "WEEK":
			return now.AddDate(0, 0, 7*count)
		case "DAY":
			return now.AddDate(0, 0, count)
		case "HOUR":
			return now.Add(time.Duration(count) * time.Hour)
		case "MINUTE":
			return now.Add(time.Duration(count) * time.Minute)
		default:
			return now.Add(time.Duration(count) * time.Second)
		}
	}
}

// partitions are the days of the range that hold objects, in order. Athena looks into the folders of the others, too, and
// finds nothing there.
func (p projection) partitions(stored []objects.Object, now time.Time) (partitions []Partition) {
	first, last := p.first(now).Format(time.DateOnly), p.last(now).Format(time.DateOnly)
	for _, object := range stored { // in the order of their keys
		below, is := strings.CutPrefix(object.Key, p.before)
		if !is || len(below) < len(time.DateOnly) {
			continue
		}
		day, rest := below[:len(time.DateOnly)], below[len(time.DateOnly):]
		name, inFolder := strings.CutPrefix(rest, p.after)
		if _, err := time.Parse(time.DateOnly, day); err != nil || !inFolder || !isRow(name) || day < first || day > last {
			continue
		}
		if len(partitions) == 0 || partitions[len(partitions)-1].Values[0] != day {
			partitions = append(partitions, Partition{Values: []string{day}, Location: "s3://" + p.bucket + "/" + p.before + day + p.after})
		}
	}
	return partitions
}

// isRow tells whether queries read an object in a partition's folder: one that is neither a folder's marker nor hidden.
func isRow(name string) bool {
	return name != "" && !objects.IsHidden(name) && !strings.HasSuffix(name, "/")
}

// Projected is a table as queries see it: where its partitions are projected, they are the days in range that hold objects
// now, and what the catalog knows is not looked at. Nothing is left to project then.
func (g *Glue) Projected(table Table) (Table, error) {
	p, err := table.projection()
	if p == nil || err != nil {
		return table, err
	}
	stored, err := g.store.List(p.bucket, p.before)
	if err != nil {
		return table, fmt.Errorf("project the partitions of %s.%s: %w", table.Database, table.Name, err)
	}
	table.Partitions = p.partitions(stored, g.clock.Now())
	table.Parameters = maps.Clone(table.Parameters)
	maps.DeleteFunc(table.Parameters, func(name, _ string) bool {
		return name == locationTemplate || strings.HasPrefix(name, projectionPrefix)
	})
	return table, nil
}
