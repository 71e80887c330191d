package trino

import (
	"encoding/json"
	"fmt"
	"strings"

	"datalake/local/glue"
)

// question is what the plugin asks: see Parent.java.
type question struct {
	Question        string
	Database, Table string
	// Values are those of partitions.
	Values [][]string
	// Location is where objects lie.
	Location string
	completion
}

// completion is what the plugin says of a query that has ended.
type completion struct {
	// Query is the id that the query was sent with.
	Query string
	// Bytes are those that Athena bills.
	Bytes  int64
	Inputs []input
}

// input is one reference to a table in a query.
type input struct {
	Database, Table string
	// Partitions is how many are read; All is true if no condition chose them.
	Partitions int
	All        bool
}

type object struct {
	Location string `json:"location"`
	File     string `json:"file"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"`
}

// reply answers a line with a line. A fault is an answer too: the query that led to the question fails with it.
func (p *process) reply(line []byte) []byte {
	var asked question
	var answer any
	err := json.Unmarshal(line, &asked)
	if err == nil {
		answer, err = p.answer(asked)
	}
	if err != nil {
		answer = map[string]string{"fault": err.Error()}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		text = fmt.Appendf(nil, "{\"fault\": %q}", err)
	}
	return append(text, '\n')
}

func (p *process) answer(asked question) (any, error) {
	switch asked.Question {
	case "started":
		close(p.started)
		return nil, nil
	case "completed":
		p.complete(asked.completion)
		return nil, nil
	case "databases":
		return p.lake().catalog.Databases(), nil
	case "tables":
		tables, err := p.lake().catalog.Tables(asked.Database)
		names := []string{}
		for _, table := range tables {
			names = append(names, table.Name)
		}
		return names, err
	case "objects":
		return p.objects(asked.Location)
	}
	found, ok := p.lake().catalog.Table(asked.Database, asked.Table)
	if !ok {
		return nil, nil
	}
	switch asked.Question {
	case "table":
		found.Partitions = nil // there may be many: they are asked for apart
		return found, nil
	case "partitionValues":
		values := [][]string{}
		for _, partition := range found.Partitions {
			values = append(values, partition.Values)
		}
		return values, nil
	case "partitions":
		partitions := make([]*glue.Partition, len(asked.Values))
		for i, values := range asked.Values {
			partitions[i] = found.Partition(values)
		}
		return partitions, nil
	default:
		return nil, fmt.Errorf("the plugin asks for %q, which is not known here: run `make setup`", asked.Question)
	}
}

// objects lists what is to be read at a location.
func (p *process) objects(location string) ([]object, error) {
	bucket, prefix, ok := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
	if !ok || !strings.HasPrefix(location, "s3://") {
		return nil, fmt.Errorf("location %q is not an s3:// URI", location)
	}
	listed, err := p.lake().objects.List(bucket, prefix)
	if err != nil {
		return nil, err
	}
	found := make([]object, 0, len(listed))
	for _, o := range listed {
		if !isRead(prefix, o.Key) {
			continue
		}
		file, err := p.lake().objects.Path(bucket, o.Key)
		if err != nil {
			return nil, err
		}
		found = append(found, object{"s3://" + bucket + "/" + o.Key, file, o.Size, o.Modified.UnixMilli()})
	}
	return found, nil
}

// isRead tells whether an object is read whose key starts with a location's: that of the location itself, or one in its
// folder that is no folder marker, nor hidden by a name, its own or a folder's, that starts with _ or a dot.
func isRead(location, key string) bool {
	below := key[len(location):]
	if location != "" && !strings.HasSuffix(location, "/") {
		if below == "" {
			return true
		}
		if below[0] != '/' {
			return false
		}
	}
	for name := range strings.SplitSeq(below, "/") {
		if strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
			return false
		}
	}
	return !strings.HasSuffix(key, "/")
}

// expect is where the completion of a query arrives.
func (p *process) expect(query string) chan completion {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.completed[query] = make(chan completion, 1)
	return p.completed[query]
}

// complete hands a completion to whoever expects it; queries of other clients nobody does.
func (p *process) complete(done completion) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if expecting := p.completed[done.Query]; expecting != nil {
		expecting <- done
		delete(p.completed, done.Query)
	}
}
