package glue

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// kind orders the numbers by their range: a float has room for each decimal, if not for all of its digits.
type kind int

const (
	// null is a value that tells nothing: null, or the element of an empty array.
	null kind = iota
	tinyint
	smallint
	integer
	bigint
	decimal
	float
	double
	boolean
	text
	date
	instant
	blob
	array
	object
	// mapping is a map. Its fields are the key and the value.
	mapping
)

// kindNames are the Hive types that are a name and nothing else.
var kindNames = map[kind]string{
	tinyint: "tinyint", smallint: "smallint", integer: "int", bigint: "bigint", float: "float", double: "double",
	boolean: "boolean", date: "date", instant: "timestamp", blob: "binary",
}

// dataType is a type that was seen in data.
type dataType struct {
	kind    kind
	element *dataType
	fields  []field
	// precision is how many digits a decimal has, and scale how many of them stand behind the point.
	precision, scale int
	// mixed says that it is text only because values do not agree.
	mixed bool
}

// field is a column, or a member of a struct.
type field struct {
	// name is lower case for columns, and as found for members.
	name string
	// original is the name as found.
	original string
	dataType dataType
}

// String gives the Hive type. AWS does not say what nothing but nulls make; here it is a string.
func (t dataType) String() string {
	switch t.kind {
	case decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.precision, t.scale)
	case array:
		return "array<" + t.element.String() + ">"
	case mapping:
		return "map<" + t.fields[0].dataType.String() + "," + t.fields[1].dataType.String() + ">"
	case object:
		if len(t.fields) == 0 {
			return "string"
		}
		var members []string
		for _, f := range t.fields {
			members = append(members, f.name+":"+f.dataType.String())
		}
		return "struct<" + strings.Join(members, ",") + ">"
	}
	return cmp.Or(kindNames[t.kind], "string")
}

// sign writes a type so that equal types alone look alike.
func (t dataType) sign(key *strings.Builder) {
	key.WriteByte('a' + byte(t.kind))
	if t.mixed {
		key.WriteByte('~')
	}
	if t.kind == decimal {
		fmt.Fprint(key, t.precision, ",", t.scale)
	}
	if t.element != nil {
		t.element.sign(key)
	}
	for _, f := range t.fields {
		key.WriteString(strconv.Quote(f.original))
		f.dataType.sign(key)
	}
	key.WriteByte('.')
}

// mergeTypes gives the type that holds the values of both: the wider number, the union of structs, else a string.
func mergeTypes(a, b dataType) dataType {
	switch {
	case b.kind == null:
		return a
	case a.kind == null:
		return b
	case a.kind == array && b.kind == array:
		element := mergeTypes(*a.element, *b.element)
		return dataType{kind: array, element: &element}
	case a.kind == b.kind && (a.kind == object || a.kind == mapping):
		return dataType{kind: a.kind, fields: mergeFields(a.fields, b.fields)}
	case a.kind <= double && b.kind <= double:
		return wider(a, b)
	case a.kind == b.kind:
		return dataType{kind: a.kind, mixed: a.mixed || b.mixed}
	default:
		return dataType{kind: text, mixed: true}
	}
}

// wider is the number that holds both. A decimal has a place for each digit of either, as far as Hive's 38 allow: those
// before the point first.
func wider(a, b dataType) dataType {
	if max(a.kind, b.kind) != decimal {
		return dataType{kind: max(a.kind, b.kind)}
	}
	before, behind := max(a.digits()-a.scale, b.digits()-b.scale), max(a.scale, b.scale)
	precision := min(before+behind, maxPrecision)
	return dataType{kind: decimal, precision: precision, scale: precision - before}
}

// maxPrecision is how many digits a decimal of Hive has at most.
const maxPrecision = 38

// digits is how many a number has at most that is whole or a decimal.
func (t dataType) digits() int {
	switch t.kind {
	case tinyint:
		return 3
	case smallint:
		return 5
	case integer:
		return 10
	case bigint:
		return 19
	}
	return t.precision
}

// mergeFields keeps the order of appearance and never changes a.
func mergeFields(a, b []field) []field {
	merged := a[:len(a):len(a)]
	changed := false
	for i, f := range b {
		at := i
		if at >= len(merged) || merged[at].name != f.name {
			at = indexField(merged, f.name)
		}
		if at < 0 {
			merged, changed = append(merged, f), true
			continue
		}
		if have := merged[at].dataType; scalar(have) && have.kind != decimal && have.kind == f.dataType.kind && have.mixed == f.dataType.mixed {
			continue
		}
		if !changed {
			merged, changed = append([]field(nil), merged...), true
		}
		merged[at].dataType = mergeTypes(merged[at].dataType, f.dataType)
	}
	return merged
}

func scalar(t dataType) bool { return t.kind < array }

func indexField(fields []field, name string) int {
	for i, f := range fields {
		if f.name == name {
			return i
		}
	}
	return -1
}

// schema is what an object, a folder or a table holds. Equal ones are one, see schemas.
type schema struct {
	fields  []field
	columns []Column
	// families maps a column to what counts when schemas are compared.
	families map[string]string
}

// anyFamily is the family of a column that held nothing but nulls.
const anyFamily = ""

func family(hiveType string) string {
	head, _, _ := strings.Cut(hiveType, "<")
	head, _, _ = strings.Cut(head, "(")
	switch head {
	case "tinyint", "smallint", "int", "bigint", "decimal", "float", "double":
		return "number"
	}
	return head
}

// schemas keeps one schema of each form, so that a million equal objects compare as fast as pointers.
type schemas map[string]*schema

func (all schemas) of(fields []field) *schema {
	var key strings.Builder
	dataType{kind: object, fields: fields}.sign(&key)
	if known, ok := all[key.String()]; ok {
		return known
	}
	s := &schema{fields: fields, families: map[string]string{}}
	for _, f := range fields {
		hiveType := f.dataType.String()
		s.columns = append(s.columns, Column{f.name, hiveType})
		s.families[f.name] = anyFamily
		if f.dataType.kind != null {
			s.families[f.name] = family(hiveType)
		}
	}
	all[key.String()] = s
	return s
}

func (all schemas) merge(a, b *schema) *schema {
	if a == b {
		return a
	}
	return all.of(mergeFields(a.fields, b.fields))
}

// The thresholds of "How does the AWS Glue crawler detect the schema?".
const (
	similarityThreshold = 0.7
	maxClusters         = 5
)

// similar compares columns by name and, as same does, by family. AWS publishes the threshold, not the measure; this is Dice's: the shared part of the mean number of columns.
func similar(a, b map[string]string, same func(a, b string) bool) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	shared := 0
	for name, family := range a {
		other, ok := b[name]
		if ok && (family == anyFamily || other == anyFamily || same(family, other)) {
			shared++
		}
	}
	return 2*float64(shared)/float64(len(a)+len(b)) > similarityThreshold
}

// sameFamily is how a new folder is held to its table.
func sameFamily(a, b string) bool { return a == b }

// mergeable is how folders are held to each other: real crawlers make one table of folders in which a column's scalar types
// differ ("Updates in tables with partitions", Athena), and the column a string.
func mergeable(a, b string) bool { return a == b || scalarFamily(a) && scalarFamily(b) }

func scalarFamily(family string) bool {
	return family != "array" && family != "struct" && family != "map"
}

// alike says whether schemas can be one table's: few clusters of similar ones, and most of the schemas in the largest.
func alike(found []*schema) bool {
	counts := map[*schema]int{}
	var distinct []*schema
	for _, s := range found {
		if counts[s]++; counts[s] == 1 {
			distinct = append(distinct, s)
		}
	}
	var clusters []*schema
	sizes := map[*schema]int{}
	largest := 0
	for _, s := range distinct {
		home := cmp.Or(firstSimilar(clusters, s), s)
		if home == s {
			clusters = append(clusters, s)
		}
		sizes[home] += counts[s]
		largest = max(largest, sizes[home])
	}
	return len(clusters) <= maxClusters && float64(largest) > similarityThreshold*float64(len(found))
}

func firstSimilar(clusters []*schema, s *schema) *schema {
	for _, c := range clusters {
		if similar(c.families, s.families, mergeable) {
			return c
		}
	}
	return nil
}
