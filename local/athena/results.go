package athena

import (
	"bytes"
	"strconv"
	"strings"

	"datalake/local/trino"
)

// maxResults is the number of rows in a page of GetQueryResults, at most and by default.
const maxResults = 1000

// GetQueryResults are the arguments of the operation.
type GetQueryResults struct {
	QueryExecutionID string
	// MaxResults is the number of rows in a page; nil is the most that there may be.
	MaxResults *int
	NextToken  string
}

// GetQueryResults carries out athena:getQueryResults: a page of a query's result, whose first row, on the first page, has the columns' names.
// A query that did not succeed has no result: Athena.InvalidRequestException.
func (a *Athena) GetQueryResults(asked GetQueryResults) (map[string]any, error) {
	x, err := a.Execution(asked.QueryExecutionID)
	if err != nil {
		return nil, err
	}
	if x.ended.Err() == nil || x.Error != nil {
		return nil, invalid("Query did not finish successfully. Final query state: %s", x.state())
	}
	size := maxResults
	if asked.MaxResults != nil {
		size = *asked.MaxResults
	}
	if size < 1 || size > maxResults {
		return nil, invalid("MaxResults must be a number from 1 to %d: it is %d", maxResults, size)
	}
	rows := x.result.table()
	start := 0
	if asked.NextToken != "" {
		number, ok := strings.CutPrefix(asked.NextToken, x.id+"/")
		if start, err = strconv.Atoi(number); !ok || err != nil || start < 1 || start >= len(rows) {
			return nil, invalid("NextToken %q is not one that a page of query execution %s gave", asked.NextToken, x.id)
		}
	}
	end := min(start+size, len(rows))
	page := map[string]any{
		"UpdateCount": 0.0,
		"ResultSet":   map[string]any{"Rows": rows[start:end], "ResultSetMetadata": map[string]any{"ColumnInfo": x.result.columnInfo()}},
	}
	if end < len(rows) {
		page["NextToken"] = x.id + "/" + strconv.Itoa(end)
	}
	return page, nil
}

// result is what a query gave.
type result struct {
	columns []column
	rows    [][]any
	// utility is true of a statement about the catalog: its result is lines of text, without the columns' names.
	utility bool
}

func newResult(got trino.Result) result {
	r := result{rows: got.Rows}
	for _, c := range got.Columns {
		r.columns = append(r.columns, newColumn(c))
	}
	return r
}

// utility is the empty result of a statement about the catalog.
func utility(columns ...string) result {
	r := result{utility: true}
	for _, name := range columns {
		r.columns = append(r.columns, newColumn(trino.Column{Name: name, Type: "varchar"}))
	}
	return r
}

// texts are the rows as text, after the columns' names; a NULL stays nil.
func (r result) texts() [][]any {
	var texts [][]any
	if !r.utility {
		var heading []any
		for _, column := range r.columns {
			heading = append(heading, column.name)
		}
		texts = append(texts, heading)
	}
	for _, values := range r.rows {
		row := make([]any, len(values))
		for i, value := range values {
			if value != nil {
				row[i] = r.columns[i].text(value)
			}
		}
		texts = append(texts, row)
	}
	return texts
}

// table is the result as rows of Athena's Datum. A NULL has no VarCharValue.
func (r result) table() []any {
	var rows []any
	for _, texts := range r.texts() {
		data := make([]any, len(texts))
		for i, text := range texts {
			datum := map[string]any{}
			if text != nil {
				datum["VarCharValue"] = text
			}
			data[i] = datum
		}
		rows = append(rows, map[string]any{"Data": data})
	}
	return rows
}

func (r result) columnInfo() []any {
	infos := make([]any, len(r.columns))
	for i, column := range r.columns {
		infos[i] = map[string]any{
			"CatalogName":   "hive",
			"SchemaName":    "",
			"TableName":     "",
			"Name":          column.name,
			"Label":         column.name,
			"Type":          column.valueType.name,
			"Precision":     float64(column.precision),
			"Scale":         float64(column.scale),
			"Nullable":      "UNKNOWN",
			"CaseSensitive": column.valueType.name == "varchar",
		}
	}
	return infos
}

// file is the result as Athena writes it: CSV with every value in quotes and a NULL as nothing, or lines of text.
// The .metadata object beside it is not written.
func (r result) file() []byte {
	var out bytes.Buffer
	for _, texts := range r.texts() {
		for i, value := range texts {
			if i > 0 {
				out.WriteByte(',')
			}
			switch text, _ := value.(string); {
			case value == nil:
			case r.utility:
				out.WriteString(text)
			default:
				out.WriteString(`"` + strings.ReplaceAll(text, `"`, `""`) + `"`)
			}
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// plain is the result's values as JSON has them.
func (r result) plain() [][]any {
	rows := make([][]any, len(r.rows))
	for i, values := range r.rows {
		rows[i] = make([]any, len(values))
		for j, value := range values {
			switch value := value.(type) {
			case nil, bool, int64, float64:
				rows[i][j] = value
			default:
				rows[i][j] = r.columns[j].text(value)
			}
		}
	}
	return rows
}
