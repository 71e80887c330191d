package serve

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"datalake/local/engine"
	"datalake/local/fault"
	"datalake/local/glue"
)

// glue has Glue's API: https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html
func (s *Server) glue() map[string]operation {
	return map[string]operation{
		"GetDatabase":         s.reading(take(s.getDatabase)),
		"GetDatabases":        s.reading(take(s.getDatabases)),
		"GetTable":            s.reading(take(s.getTable)),
		"GetTables":           s.reading(take(s.getTables)),
		"GetPartition":        s.reading(take(s.getPartition)),
		"GetPartitions":       s.reading(take(s.getPartitions)),
		"GetPartitionIndexes": take(func(inCatalog) (any, error) { return map[string]any{"PartitionIndexDescriptorList": []any{}}, nil }),
		"StartCrawler":        s.writing(take(func(c named) (any, error) { return map[string]any{}, s.engine.Glue().StartCrawler(c.Name) })),
		"GetCrawler":          s.reading(take(func(c named) (any, error) { return s.engine.Glue().GetCrawler(c.Name) })),
		"GetCrawlers":         s.reading(take(s.getCrawlers)),
		"ListCrawlers":        s.reading(take(s.listCrawlers)),
		"ListCrawls":          s.reading(take(func(c ofCrawler) (any, error) { return s.engine.Glue().ListCrawls(c.CrawlerName, c.MaxResults) })),
		"StartJobRun":         s.writing(take(s.startJobRun)),
		"GetJobRun":           take(s.getJobRun),
		"GetJobRuns":          take(s.getJobRuns),
	}
}

type named struct{ Name string }

// inCatalog are the arguments of the calls about the catalog. CatalogId is the account's, if it is given.
type inCatalog struct {
	page
	CatalogID                     string
	Name, DatabaseName, TableName string
	Expression                    string
	Segment                       struct{ SegmentNumber, TotalSegments int }
	PartitionValues               []string
	ExcludeColumnSchema           bool
	// What follows narrows nothing here: no database is shared, and no table has versions.
	AttributesToGet      []string
	ResourceShareType    string
	IncludeStatusDetails bool
}

func (s *Server) database(name string) any {
	return map[string]any{"Name": name, "CatalogId": s.engine.Account(), "CreateTableDefaultPermissions": []any{}}
}

func (s *Server) getDatabase(given inCatalog) (any, error) {
	name := strings.ToLower(given.Name)
	if !slices.Contains(s.engine.Catalog().Databases(), name) {
		return nil, fault.Errorf("Glue.EntityNotFoundException", "Database %s not found.", name)
	}
	return map[string]any{"Database": s.database(name)}, nil
}

func (s *Server) getDatabases(given inCatalog) (any, error) {
	return listed("DatabaseList", s.engine.Catalog().Databases(), given.page, 100, s.database)
}

func (s *Server) table(database, name string) (glue.Table, error) {
	if _, err := s.engine.Catalog().Tables(database); err != nil {
		return glue.Table{}, err
	}
	table, found := s.engine.Catalog().Table(database, name)
	if !found {
		return table, fault.Errorf("Glue.EntityNotFoundException", "Entity Not Found: Table %s not found.", name)
	}
	return table, nil
}

func (s *Server) getTable(given inCatalog) (any, error) {
	table, err := s.table(given.DatabaseName, given.Name)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Table": s.shown(table)}, nil
}

// tables are those of a database whose names match an expression, in which an asterisk stands for any text.
func (s *Server) tables(database, expression string) (found []glue.Table, err error) {
	all, err := s.engine.Catalog().Tables(database)
	if err != nil {
		return nil, err
	}
	matches, err := regexp.Compile("^(?:" + strings.ReplaceAll(strings.ReplaceAll(expression, ".*", "*"), "*", ".*") + ")$")
	if err != nil {
		return nil, fault.Errorf("Glue.InvalidInputException", "Expression: %v", err)
	}
	for _, table := range all {
		if expression == "" || matches.MatchString(table.Name) {
			found = append(found, table)
		}
	}
	return found, nil
}

func (s *Server) getTables(given inCatalog) (any, error) {
	tables, err := s.tables(given.DatabaseName, given.Expression)
	if err != nil {
		return nil, err
	}
	return listed("TableList", tables, given.page, 100, s.shown)
}

func (s *Server) shown(table glue.Table) any {
	return map[string]any{
		"Name": table.Name, "DatabaseName": table.Database, "CatalogId": s.engine.Account(), "Owner": "owner", "Retention": 0,
		"TableType": "EXTERNAL_TABLE", "Parameters": table.Parameters, "PartitionKeys": columns(table.PartitionKeys),
		"StorageDescriptor": storage(table, table.Location, table.Columns), "IsRegisteredWithLakeFormation": false,
	}
}

func columns(of []glue.Column) any {
	shown := []any{}
	for _, column := range of {
		shown = append(shown, map[string]any{"Name": column.Name, "Type": column.Type})
	}
	return shown
}

func storage(table glue.Table, location string, of []glue.Column) map[string]any {
	return map[string]any{
		"Location": location, "Columns": columns(of), "InputFormat": table.InputFormat, "OutputFormat": table.OutputFormat,
		"SerdeInfo":  map[string]any{"SerializationLibrary": table.SerDe.Library, "Parameters": table.SerDe.Parameters},
		"Parameters": table.Parameters, "Compressed": false, "NumberOfBuckets": -1, "BucketColumns": []any{},
		"SortColumns": []any{}, "StoredAsSubDirectories": false,
	}
}

func (s *Server) partition(table glue.Table, partition glue.Partition, bare bool) any {
	own := partition.Columns
	if len(own) == 0 {
		own = table.Columns
	}
	descriptor := storage(table, partition.Location, own)
	if bare {
		delete(descriptor, "Columns")
	}
	return map[string]any{
		"Values": partition.Values, "DatabaseName": table.Database, "TableName": table.Name, "CatalogId": s.engine.Account(),
		"StorageDescriptor": descriptor, "Parameters": partition.Parameters,
	}
}

func (s *Server) getPartition(given inCatalog) (any, error) {
	table, err := s.table(given.DatabaseName, given.TableName)
	if err != nil {
		return nil, err
	}
	found := table.Partition(given.PartitionValues)
	if found == nil {
		return nil, fault.Errorf("Glue.EntityNotFoundException", "Cannot find partition.")
	}
	return map[string]any{"Partition": s.partition(table, *found, false)}, nil
}

// getPartitions gives those that the catalog has; one that a table projects is not in it, on AWS as here.
func (s *Server) getPartitions(given inCatalog) (any, error) {
	table, err := s.table(given.DatabaseName, given.TableName)
	if err != nil {
		return nil, err
	}
	chosen, err := s.chosen(table, given.Expression)
	if err != nil {
		return nil, err
	}
	var partitions []glue.Partition
	for i, partition := range table.Partitions {
		if i%max(1, given.Segment.TotalSegments) == given.Segment.SegmentNumber && chosen(partition) {
			partitions = append(partitions, partition)
		}
	}
	return listed("Partitions", partitions, given.page, 1000, func(p glue.Partition) any {
		return s.partition(table, p, given.ExcludeColumnSchema)
	})
}

// chosen tells which partitions an expression chooses, a condition in SQL that Trino judges.
func (s *Server) chosen(table glue.Table, expression string) (func(glue.Partition) bool, error) {
	if strings.TrimSpace(expression) == "" {
		return func(glue.Partition) bool { return true }, nil
	}
	got, err := s.engine.Query(fmt.Sprintf(`SELECT * FROM %q.%q WHERE %s`, table.Database, table.Name+"$partitions", expression), table.Database)
	if err != nil {
		return nil, fault.Errorf("Glue.InvalidInputException", "Expression %q: %v", expression, err)
	}
	values := map[string]bool{}
	for _, row := range got.Rows {
		values[fmt.Sprint(row)] = true
	}
	return func(p glue.Partition) bool { return values[fmt.Sprint(p.Values)] }, nil
}

func (s *Server) crawler(name string) any {
	answer, err := s.engine.Glue().GetCrawler(name)
	if err != nil {
		return nil // it was listed just now
	}
	return answer["Crawler"]
}

func (s *Server) getCrawlers(given page) (any, error) {
	return listed("Crawlers", s.engine.Glue().CrawlerNames(), given, 100, s.crawler)
}

func (s *Server) listCrawlers(given page) (any, error) {
	return listed("CrawlerNames", s.engine.Glue().CrawlerNames(), given, 100, itself)
}

type ofCrawler struct {
	CrawlerName string
	MaxResults  int
}

func (s *Server) startJobRun(given engine.StartJobArguments) (any, error) {
	id, err := s.engine.StartJobRun(given)
	if err != nil {
		return nil, err
	}
	return map[string]any{"JobRunId": id}, nil
}

type jobRuns struct {
	page
	JobName, RunID       string
	PredecessorsIncluded bool
}

func (s *Server) getJobRun(given jobRuns) (any, error) {
	runs, err := s.engine.JobRuns(given.JobName)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		if run.ID == given.RunID {
			return map[string]any{"JobRun": jobRun(run)}, nil
		}
	}
	return nil, fault.Errorf("Glue.EntityNotFoundException", "Job run %s of job %s was not found", given.RunID, given.JobName)
}

func (s *Server) getJobRuns(given jobRuns) (any, error) {
	runs, err := s.engine.JobRuns(given.JobName)
	if err != nil {
		return nil, err
	}
	return listed("JobRuns", runs, given.page, 200, jobRun)
}

func jobRun(run engine.JobRun) any {
	shown := map[string]any{
		"Id": run.ID, "Attempt": 0, "JobName": run.Name, "JobRunState": run.Status, "StartedOn": run.Started,
		"LastModifiedOn": run.Started, "ExecutionTime": int(math.Ceil(run.Seconds)),
	}
	if len(run.Arguments) > 0 {
		shown["Arguments"] = run.Arguments
	}
	if !run.Completed.IsZero() {
		shown["CompletedOn"], shown["LastModifiedOn"] = run.Completed, run.Completed
	}
	if run.Message != "" {
		shown["ErrorMessage"] = run.Message
	}
	return shown
}
