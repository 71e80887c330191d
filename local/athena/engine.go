package athena

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// engine is the DuckDB instance. It reads nothing by itself: no files, no network, no extensions; its tables are Go functions.
// It runs on one thread, so that the same objects give the same rows in the same order.
type engine struct {
	db   *sql.DB
	conn *sql.Conn
	// scans are the tables of the query at hand, in the order of its references to them.
	scans []*scan
	// registered counts the scan functions that DuckDB knows.
	registered int
	// pruning is the scan whose partitions are being chosen.
	pruning *scan
	// failure is the last error of our own.
	failure error
}

var settings = []string{
	"SET autoinstall_known_extensions = false",
	"SET autoload_known_extensions = false",
	"SET integer_division = true",
	// Trino runs each table reference as a scan of its own; these would share or drop one.
	"SET disabled_optimizers = 'common_subplan,join_elimination,window_self_join'",
	// Athena's session is in UTC.
	"SET TimeZone = 'UTC'",
	"SET lock_configuration = true",
}

func openEngine() (*engine, error) {
	connector, err := duckdb.NewConnector("?threads=1&enable_external_access=false", nil)
	if err != nil {
		return nil, fmt.Errorf("opening DuckDB: %w", err)
	}
	e := &engine{db: sql.OpenDB(connector)}
	if err := e.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening DuckDB: %w", err), e.close())
	}
	return e, nil
}

func (e *engine) start() (err error) {
	if e.conn, err = e.db.Conn(context.Background()); err != nil {
		return err
	}
	for _, setting := range slices.Concat(settings, macros) {
		if _, err := e.conn.ExecContext(context.Background(), setting); err != nil {
			return err
		}
	}
	for name, overloads := range builtins() {
		functions := make([]duckdb.ScalarFunc, len(overloads))
		for i, overload := range overloads {
			functions[i] = registered{overload, e.fail}
		}
		if err := duckdb.RegisterScalarUDFSet(e.conn, name, functions...); err != nil {
			return err
		}
	}
	return e.register(partitionsName, func() duckdb.RowTableSource { return &partitionSource{scan: e.pruning} })
}

func (e *engine) close() error {
	var err error
	if e.conn != nil {
		err = e.conn.Close()
	}
	return errors.Join(err, e.db.Close())
}

const partitionsName = ownPrefix + "partitions"

func scanName(number int) string { return fmt.Sprintf("%sscan_%d", ownPrefix, number) }

func (e *engine) register(name string, source func() duckdb.RowTableSource) error {
	return duckdb.RegisterTableUDF(e.conn, name, duckdb.RowTableFunction{
		BindArguments: func(map[string]any, ...any) (duckdb.RowTableSource, error) { return source(), nil },
	})
}

// use makes the scans the tables of the query at hand.
func (e *engine) use(scans []*scan) error {
	e.scans = scans
	for ; e.registered < len(scans); e.registered++ {
		number := e.registered
		if err := e.register(scanName(number), func() duckdb.RowTableSource { return &scanSource{scan: e.scans[number]} }); err != nil {
			return fmt.Errorf("registering a table with DuckDB: %w", err)
		}
	}
	return nil
}

// fail keeps an error of our own as it is: DuckDB hands back its text alone, with its own words around it.
func (e *engine) fail(err error) error {
	e.failure = err
	return err
}

// document runs a function of DuckDB that answers with a JSON document, and reads that.
func (e *engine) document(sql string, arguments ...any) (node, error) {
	var text string
	if err := e.conn.QueryRowContext(context.Background(), sql, arguments...).Scan(&text); err != nil {
		return nil, e.explain(err)
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var document node
	if err := decoder.Decode(&document); err != nil {
		// DuckDB writes Infinity and NaN as they are, which JSON has not.
		return nil, fmt.Errorf("NOT_SUPPORTED: a constant of the query is infinite or not a number: %w", err)
	}
	if document["error"] == true {
		return nil, e.explain(fmt.Errorf("%s Error: %s", document.text("error_type"), document.text("error_message")))
	}
	return document, nil
}

// parse is the syntax tree of a query. Empty lists stay in it: one among the grouping sets is the total.
func (e *engine) parse(query string) (node, error) {
	document, err := e.document("SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR), skip_null := true, skip_default := true) AS VARCHAR)", query)
	if err != nil {
		return nil, err
	}
	return asNode(document.list("statements")[0]).child("node"), nil
}

// write is the query that a syntax tree stands for.
func (e *engine) write(root node) (string, error) {
	tree := new(bytes.Buffer)
	if err := json.NewEncoder(tree).Encode(node{"error": false, "statements": []any{node{"node": root}}}); err != nil {
		return "", err
	}
	var query string
	if err := e.conn.QueryRowContext(context.Background(), "SELECT json_deserialize_sql(CAST(? AS JSON))", tree.String()).Scan(&query); err != nil {
		return "", e.explain(err)
	}
	return query, nil
}

// plan is the logical plan of a query. Empty objects stay in it: one among a scan's column_indexes is the first column.
func (e *engine) plan(query string, optimize bool) (any, error) {
	document, err := e.document(fmt.Sprintf("SELECT CAST(json_serialize_plan(CAST(? AS VARCHAR), skip_null := true, skip_default := true, optimize := %t) AS VARCHAR)", optimize), query)
	if err != nil {
		return nil, err
	}
	return document["plans"], nil
}

// choose says which partitions of a scan satisfy all conditions.
func (e *engine) choose(s *scan, conditions []string) ([]int, error) {
	if len(conditions) == 0 {
		all := make([]int, len(s.partitions))
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	e.pruning = s
	rows, err := e.conn.QueryContext(context.Background(), "SELECT partition FROM "+partitionsName+"() WHERE "+strings.Join(conditions, " AND "))
	if err != nil {
		return nil, e.explain(err)
	}
	defer rows.Close()
	var chosen []int
	for rows.Next() {
		var number int
		if err := rows.Scan(&number); err != nil {
			return nil, e.explain(err)
		}
		chosen = append(chosen, number)
	}
	slices.Sort(chosen)
	return chosen, e.explain(rows.Err())
}

// result is what a query answered.
type result struct {
	columns []resultColumn
	rows    [][]any
}

type resultColumn struct {
	name string
	resultType
}

// run answers a query.
func (e *engine) run(query string) (result, error) {
	rows, err := e.conn.QueryContext(context.Background(), query)
	if err != nil {
		return result{}, e.explain(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return result{}, e.explain(err)
	}
	if text := jsonAsText(query, types); text != query {
		answer, err := e.run(text)
		if err == nil {
			for i, t := range types {
				if t.DatabaseTypeName() == "JSON" {
					answer.columns[i].resultType = resultType{name: "json"}
				}
			}
		}
		return answer, err
	}
	var answer result
	for i, t := range types {
		column := resultColumn{name: t.Name()}
		if strings.HasPrefix(column.name, unnamed) {
			column.name = fmt.Sprintf("_col%d", i)
		}
		if column.resultType, err = parseResultType(t.DatabaseTypeName()); err != nil {
			return result{}, fmt.Errorf("NOT_SUPPORTED: column %s: %w", column.name, err)
		}
		answer.columns = append(answer.columns, column)
	}
	for rows.Next() {
		row := make([]any, len(types))
		targets := make([]any, len(types))
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return result{}, e.explain(err)
		}
		for i, value := range row {
			if row[i], err = narrow(value); err != nil {
				return result{}, fmt.Errorf("NUMERIC_VALUE_OUT_OF_RANGE: column %s: %w", answer.columns[i].name, err)
			}
		}
		answer.rows = append(answer.rows, row)
	}
	return answer, e.explain(rows.Err())
}

// jsonAsText is the query with its columns of type json as text: DuckDB's driver would read them into Go's maps and doubles.
func jsonAsText(query string, types []*sql.ColumnType) string {
	var names, items []string
	found := false
	for i, t := range types {
		name := fmt.Sprintf("c%d", i)
		item := name
		if t.DatabaseTypeName() == "JSON" {
			item, found = "CAST("+name+" AS VARCHAR)", true
		}
		alias := t.Name()
		if strings.HasPrefix(alias, unnamed) {
			alias = unnamed
		}
		names, items = append(names, name), append(items, item+" AS "+quoteName(alias))
	}
	if !found {
		return query
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM (" + query + ") AS answer(" + strings.Join(names, ", ") + ")"
}

// narrow makes an integer sum the bigint that it is in Trino.
func narrow(value any) (any, error) {
	sum, ok := value.(interface {
		IsInt64() bool
		Int64() int64
	})
	if !ok {
		return value, nil
	}
	if !sum.IsInt64() {
		return nil, fmt.Errorf("bigint addition overflow: %v is over %d", value, math.MaxInt64)
	}
	return sum.Int64(), nil
}

// explain is the error that ended a query: our own if there is one, else DuckDB's in Trino's terms.
func (e *engine) explain(err error) error {
	if err == nil {
		return nil
	}
	// DuckDB tries constants while it plans and may never need them, so a failure of our own need not be what ended the query.
	if e.failure != nil && strings.Contains(err.Error(), e.failure.Error()) {
		return e.failure
	}
	kind, message, _ := strings.Cut(err.Error(), " Error: ")
	return queryError(strings.ToLower(kind), message)
}
