package engine

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"datalake/local/glue"

	"github.com/stretchr/testify/require"
)

// A dataset whose third day has another schema than the two before it: what a crawl of new folders makes of it, and what
// a full crawl. docs/schema-evolution.md says the same, each part under the heading given here.
func TestSchemasThatChange(t *testing.T) {
	const before = "id int, item string, amount double, shop string"
	const folder = "shop/orders/day=2026-01-03/"
	for heading, change := range map[string]struct {
		third string
		// newFolders and full are the changes that the crawls report: tables updated, partitions added.
		newFolders, full string
		// passedOver is what the crawl of new folders names: a folder, and a column or why.
		passedOver string
		// columns are the table's after the full crawl, rows what a query finds then, first what it found before.
		columns     string
		first, rows []string
	}{
		"A column is added": {
			third:      `{"id": 3, "item": "tea", "amount": 3.5, "shop": "oslo", "coupon": "june"}`,
			newFolders: "updated [], partitions 1", full: "updated [orders], partitions 0",
			passedOver: folder + " coupon: column coupon string is new, and a crawl of new folders only changes no table",
			columns:    before + ", coupon string",
			first:      []string{"1 tea 2.5 oslo 2026-01-01", "2 rice 4.0 oslo 2026-01-02", "3 tea 3.5 oslo 2026-01-03"},
			rows:       []string{"1 tea 2.5 oslo null 2026-01-01", "2 rice 4.0 oslo null 2026-01-02", "3 tea 3.5 oslo june 2026-01-03"},
		},
		"A column is removed": {
			third:      `{"id": 3, "item": "tea", "amount": 3.5}`,
			newFolders: "updated [], partitions 1", full: "updated [], partitions 0",
			columns: before,
			first:   []string{"1 tea 2.5 oslo 2026-01-01", "2 rice 4.0 oslo 2026-01-02", "3 tea 3.5 null 2026-01-03"},
			rows:    []string{"1 tea 2.5 oslo 2026-01-01", "2 rice 4.0 oslo 2026-01-02", "3 tea 3.5 null 2026-01-03"},
		},
		"A column is renamed": {
			third:      `{"id": 3, "item": "tea", "total": 3.5, "shop": "oslo"}`,
			newFolders: "updated [], partitions 1", full: "updated [orders], partitions 0",
			passedOver: folder + " total: column total double is new, and a crawl of new folders only changes no table",
			columns:    before + ", total double",
			first:      []string{"1 tea 2.5 oslo 2026-01-01", "2 rice 4.0 oslo 2026-01-02", "3 tea null oslo 2026-01-03"},
			rows:       []string{"1 tea 2.5 oslo null 2026-01-01", "2 rice 4.0 oslo null 2026-01-02", "3 tea null oslo 3.5 2026-01-03"},
		},
		"A column is retyped": {
			third:      `{"id": 3, "item": "tea", "amount": "3.5 EUR", "shop": "oslo"}`,
			newFolders: "updated [], partitions 1", full: "updated [], partitions 0",
			passedOver: folder + " amount: column amount is string and the table's double, and a crawl of new folders only changes no table",
			columns:    before,
			first:      []string{"HIVE_BAD_DATA: Error parsing field value for field amount"},
			rows:       []string{"HIVE_BAD_DATA: Error parsing field value for field amount"},
		},
		"A folder does not fit": {
			third:      `{"when": "2026-01-03", "what": 1}`,
			newFolders: "updated [], partitions 0", full: "updated [orders], partitions 1",
			passedOver: folder + " its schema is not similar enough to that of orders",
			columns:    before + ", when string, what int",
			first:      []string{"1 tea 2.5 oslo 2026-01-01", "2 rice 4.0 oslo 2026-01-02"},
			rows:       []string{"1 tea 2.5 oslo null null 2026-01-01", "2 rice 4.0 oslo null null 2026-01-02", "null null null null 2026-01-03 1 2026-01-03"},
		},
	} {
		t.Run(heading, func(t *testing.T) {
			o := newOrders(t)
			o.put("day=2026-01-01/a.json", `{"id": 1, "item": "tea", "amount": 2.5, "shop": "oslo"}`)
			o.put("day=2026-01-02/a.json", `{"id": 2, "item": "rice", "amount": 4, "shop": "oslo"}`)
			require.Equal(t, "added [orders], partitions 2", o.crawl(`{}`))
			require.Equal(t, before, o.columns())

			o.put("day=2026-01-03/a.json", change.third)
			require.Equal(t, change.newFolders, o.crawl(`{}`))
			require.Equal(t, before, o.columns(), "a crawl of new folders changes no column")
			require.Contains(t, o.passedOver(), change.passedOver)
			require.Equal(t, change.first, o.rows())

			require.Equal(t, change.full, o.crawl(`{"full": true}`))
			require.Equal(t, change.columns, o.columns())
			require.Equal(t, change.rows, o.rows())

			o.put("day=2026-01-04/a.json", `{"id": 4, "item": "rice", "amount": 1, "shop": "oslo"}`)
			require.Equal(t, "updated [], partitions 1", o.crawl(`{}`), "the crawl of new folders goes on with the table")

			documented, err := os.ReadFile("../../docs/schema-evolution.md")
			require.NoError(t, err)
			require.Contains(t, string(documented), "\n## "+heading+"\n")
		})
	}
}

// A folder of another format is passed over by a crawl of new folders. A full crawl would make a table of each folder, as
// Glue does of folders that do not go together: it has to be moved before that.
func TestAFolderOfAnotherFormatHasToBeMoved(t *testing.T) {
	o := newOrders(t)
	o.put("day=2026-01-01/a.json", `{"id": 1, "item": "tea"}`)
	o.crawl(`{}`)
	o.put("day=2026-01-02/a.csv", "when,what\n2026-01-03,1\n2026-01-04,2\n")
	require.Equal(t, "updated [], partitions 0", o.crawl(`{}`))
	require.Contains(t, o.passedOver(), "shop/orders/day=2026-01-02/ its format or compression is not that of orders")
	require.Equal(t, "added [day_2026_01_01 day_2026_01_02], partitions 0", o.crawl(`{"full": true}`))
}

// orders is a dataset of one's own, with its crawl.
type orders struct {
	*testing.T
	*Engine
}

func newOrders(t *testing.T) orders {
	return orders{t, open(t, `datalake:datasets=[{"name": "orders", "prefix": "shop/orders/", "schedule": "01:00"}]`)}
}

func (o orders) put(key, text string) {
	require.NoError(o, o.store.Put(o.resources.outputs["buckets"]["source"], "shop/orders/"+key, []byte(text), o.clock.Now()))
}

// crawl runs a crawl and returns what it says that it changed.
func (o orders) crawl(input string) string {
	result, err := o.Execute("crawl-orders", []byte(input))
	require.NoError(o, err)
	require.Equal(o, "SUCCEEDED", result.Status)
	var output struct {
		Changes struct {
			TablesAdded, TablesUpdated []string
			PartitionsAdded            int
		}
	}
	require.NoError(o, json.Unmarshal(result.Output, &output))
	tables := "updated [" + strings.Join(output.Changes.TablesUpdated, " ") + "]"
	if added := output.Changes.TablesAdded; len(added) > 0 {
		tables = "added [" + strings.Join(added, " ") + "]"
	}
	text, err := json.Marshal(output.Changes.PartitionsAdded)
	require.NoError(o, err)
	return tables + ", partitions " + string(text)
}

// passedOver is what the last crawl left out: folders, and columns of folders.
func (o orders) passedOver() (all string) {
	crawls := o.glue.Crawls()
	last := crawls[len(crawls)-1]
	for _, skip := range last.Skipped {
		all += skip.Object + " " + skip.Reason + "\n"
	}
	for _, note := range last.Notes {
		all += note.Object + " " + note.Column + ": " + note.Reason + "\n"
	}
	return all
}

func (o orders) table() glue.Table {
	table, found := o.catalog.Table("orders_dev", "orders")
	require.True(o, found)
	return table
}

func (o orders) columns() string {
	var columns []string
	for _, column := range o.table().Columns {
		columns = append(columns, column.Name+" "+column.Type)
	}
	return strings.Join(columns, ", ")
}

// rows are those of the dataset by day, or why a query of it fails.
func (o orders) rows() (rows []string) {
	started := call(o.T, o.Engine, "athena:startQueryExecution.sync", object{
		"QueryString": "SELECT * FROM orders ORDER BY day", "QueryExecutionContext": object{"Database": "orders_dev"},
		"WorkGroup": slices.Sorted(maps.Keys(o.resources.workgroups))[0],
	})
	if started.Fault != nil {
		var failed struct {
			QueryExecution struct {
				Status struct{ StateChangeReason string }
			}
		}
		require.NoError(o, json.Unmarshal([]byte(started.Fault.Cause), &failed))
		reason, _, _ := strings.Cut(failed.QueryExecution.Status.StateChangeReason, ": line")
		return []string{reason}
	}
	execution := started.Output.(object)["QueryExecution"].(object)
	page := call(o.T, o.Engine, "athena:getQueryResults", object{"QueryExecutionId": execution["QueryExecutionId"]})
	text, err := json.Marshal(page.Output)
	require.NoError(o, err)
	var results struct {
		ResultSet struct {
			Rows []struct {
				Data []struct{ VarCharValue *string }
			}
		}
	}
	require.NoError(o, json.Unmarshal(text, &results))
	for _, row := range results.ResultSet.Rows[1:] {
		var cells []string
		for _, cell := range row.Data {
			if cell.VarCharValue == nil {
				cells = append(cells, "null")
			} else {
				cells = append(cells, *cell.VarCharValue)
			}
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return rows
}
