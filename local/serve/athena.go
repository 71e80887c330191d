package serve

import (
	"maps"
	"slices"
	"strings"
	"time"

	"datalake/local/athena"
	"datalake/local/engine"
	"datalake/local/fault"
	"datalake/local/glue"
)

// athena has Athena's API: https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
func (s *Server) athena() map[string]operation {
	return map[string]operation{
		"StartQueryExecution": take(s.startQueryExecution),
		"GetQueryExecution":   take(func(x ids) (any, error) { return s.engine.Athena().GetQueryExecution(x.QueryExecutionID) }),
		"StopQueryExecution": take(func(x ids) (any, error) {
			return map[string]any{}, s.engine.Athena().StopQueryExecution(x.QueryExecutionID)
		}),
		"BatchGetQueryExecution": take(s.batchGetQueryExecution),
		"ListQueryExecutions":    take(s.listQueryExecutions),
		"GetQueryResults":        take(func(given athena.GetQueryResults) (any, error) { return s.engine.Athena().GetQueryResults(given) }),
		"GetWorkGroup":           take(s.getWorkGroup),
		"ListWorkGroups":         take(s.listWorkGroups),
		"GetNamedQuery":          take(s.getNamedQuery),
		"ListNamedQueries":       take(s.listNamedQueries),
		"BatchGetNamedQuery":     take(s.batchGetNamedQuery),
		"ListDatabases":          s.reading(take(s.listAthenaDatabases)),
		"GetDatabase":            s.reading(take(s.getAthenaDatabase)),
		"ListTableMetadata":      s.reading(take(s.listTableMetadata)),
		"GetTableMetadata":       s.reading(take(s.getTableMetadata)),
	}
}

// ids are the arguments of the calls about queries.
type ids struct {
	QueryExecutionID, NamedQueryID   string
	QueryExecutionIDs, NamedQueryIDs []string
}

// answering is how long StartQueryExecution waits for a query's end, so that it can refuse what is no SQL, as Athena does.
const answering = 5 * time.Second

func (s *Server) startQueryExecution(given athena.StartQueryExecution) (any, error) {
	s.lake.RLock()
	query, err := s.engine.Athena().Submit(given)
	if err != nil {
		s.lake.RUnlock()
		return nil, err
	}
	s.work.Go(func() {
		defer s.lake.RUnlock()
		query.Run()
	})
	return map[string]any{"QueryExecutionId": query.ID()}, query.Await(answering)
}

func (s *Server) batchGetQueryExecution(given ids) (any, error) {
	found, missing := []any{}, []any{}
	for _, id := range given.QueryExecutionIDs {
		if answer, err := s.engine.Athena().GetQueryExecution(id); err == nil {
			found = append(found, answer["QueryExecution"])
		} else {
			missing = append(missing, map[string]any{"QueryExecutionId": id, "ErrorCode": "INVALID_QUERY_EXECUTION_ID", "ErrorMessage": err.Error()})
		}
	}
	return map[string]any{"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}, nil
}

type workGroup struct {
	page
	WorkGroup string
}

func (s *Server) listQueryExecutions(given workGroup) (any, error) {
	return listed("QueryExecutionIds", s.engine.Athena().QueryExecutionIDs(given.WorkGroup), given.page, 50, itself)
}

func (s *Server) getWorkGroup(given workGroup) (any, error) {
	workgroup, ok := s.engine.Workgroups()[given.WorkGroup]
	if !ok {
		return nil, fault.Errorf("Athena.InvalidRequestException", "WorkGroup %s is not found.", given.WorkGroup)
	}
	configuration := map[string]any{
		"ResultConfiguration":             map[string]any{"OutputLocation": workgroup.OutputLocation},
		"EnforceWorkGroupConfiguration":   true,
		"PublishCloudWatchMetricsEnabled": true,
		"RequesterPaysEnabled":            false,
		"EngineVersion":                   athena.EngineVersion,
	}
	if workgroup.BytesScannedCutoffPerQuery > 0 {
		configuration["BytesScannedCutoffPerQuery"] = workgroup.BytesScannedCutoffPerQuery
	}
	return map[string]any{"WorkGroup": map[string]any{"Name": given.WorkGroup, "State": "ENABLED", "Configuration": configuration}}, nil
}

func (s *Server) listWorkGroups(given page) (any, error) {
	return listed("WorkGroups", slices.Sorted(maps.Keys(s.engine.Workgroups())), given, 50, func(name string) any {
		return map[string]any{"Name": name, "State": "ENABLED", "EngineVersion": athena.EngineVersion}
	})
}

func namedQuery(q engine.NamedQuery) any {
	return map[string]any{"NamedQueryId": q.ID, "Name": q.Name, "Database": q.Database, "QueryString": q.SQL, "WorkGroup": q.Workgroup}
}

func (s *Server) getNamedQuery(given ids) (any, error) {
	for _, q := range s.engine.NamedQueries() {
		if q.ID == given.NamedQueryID {
			return map[string]any{"NamedQuery": namedQuery(q)}, nil
		}
	}
	return nil, fault.Errorf("Athena.InvalidRequestException", "NamedQuery %s was not found", given.NamedQueryID)
}

func (s *Server) listNamedQueries(given workGroup) (any, error) {
	var found []string
	for _, q := range s.engine.NamedQueries() {
		if q.Workgroup == given.WorkGroup {
			found = append(found, q.ID)
		}
	}
	return listed("NamedQueryIds", found, given.page, 50, itself)
}

func (s *Server) batchGetNamedQuery(given ids) (any, error) {
	found := []any{}
	for _, q := range s.engine.NamedQueries() {
		if slices.Contains(given.NamedQueryIDs, q.ID) {
			found = append(found, namedQuery(q))
		}
	}
	return map[string]any{"NamedQueries": found, "UnprocessedNamedQueryIds": []any{}}, nil
}

// catalogOf are the arguments of the calls about the catalog.
type catalogOf struct {
	page
	Name, CatalogName, DatabaseName, TableName, Expression, WorkGroup string
}

func (s *Server) listAthenaDatabases(given catalogOf) (any, error) {
	return listed("DatabaseList", s.engine.Catalog().Databases(), given.page, 50, func(name string) any {
		return map[string]any{"Name": name}
	})
}

func (s *Server) getAthenaDatabase(given catalogOf) (any, error) {
	if !slices.Contains(s.engine.Catalog().Databases(), strings.ToLower(given.DatabaseName)) {
		return nil, fault.Errorf("Athena.MetadataException", "Database %s not found.", given.DatabaseName)
	}
	return map[string]any{"Database": map[string]any{"Name": strings.ToLower(given.DatabaseName)}}, nil
}

func (s *Server) listTableMetadata(given catalogOf) (any, error) {
	tables, err := s.tables(given.DatabaseName, given.Expression)
	if err != nil {
		return nil, err
	}
	return listed("TableMetadataList", tables, given.page, 50, tableMetadata)
}

func (s *Server) getTableMetadata(given catalogOf) (any, error) {
	table, found := s.engine.Catalog().Table(given.DatabaseName, given.TableName)
	if !found {
		return nil, fault.Errorf("Athena.MetadataException", "Table %s not found.", given.TableName)
	}
	return map[string]any{"TableMetadata": tableMetadata(table)}, nil
}

// tableMetadata is a table as Athena shows it, with what Glue has in its storage descriptor among the parameters.
func tableMetadata(table glue.Table) any {
	parameters := map[string]any{
		"location": table.Location, "inputformat": table.InputFormat, "outputformat": table.OutputFormat,
		"serde.serialization.lib": table.SerDe.Library, "EXTERNAL": "TRUE",
	}
	for name, value := range table.Parameters {
		parameters[name] = value
	}
	for name, value := range table.SerDe.Parameters {
		parameters["serde.param."+name] = value
	}
	return map[string]any{
		"Name": table.Name, "TableType": "EXTERNAL_TABLE", "Columns": columns(table.Columns),
		"PartitionKeys": columns(table.PartitionKeys), "Parameters": parameters,
	}
}
