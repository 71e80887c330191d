package trino

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"datalake/local/objects"
)

// question is what the plugin asks: see Parent.java.
type question struct {
	Question string
	// Query is the id that a query was sent with.
	Query string
	// About are the names of a database, a table and partitions.
	About []string
	// Location is where objects lie.
	Location string
	completion
}

// completion is what the plugin says of a query that has ended.
type completion struct {
	// Bytes are those that Athena bills.
	Bytes int64
	// Tables are the references to tables, Inputs those of them that Trino planned to read.
	Tables []reference
	Inputs []struct {
		reference
		// PartitionIDs are empty if no condition chose any.
		ConnectorInfo struct{ PartitionIDs []string }
	}
}

// reference is a query's reference to a table.
type reference struct{ Schema, Table string }

// underWay is a query that was sent.
type underWay struct {
	now time.Time
	// join lets small objects be read together.
	join bool
	// listed are the tables whose objects were asked for.
	listed    map[reference]bool
	completed chan completion
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
	query := &underWay{} // one of another client, unless it is known
	known, ok := p.queries.Load(asked.Query)
	if ok {
		query = known.(*underWay)
	}
	switch asked.Question {
	case "started":
		p.answers()
		return nil, nil
	case "time":
		if !ok {
			return nil, nil
		}
		return query.now.UTC(), nil
	case "files":
		return p.files(asked, query)
	case "completed":
		if ok {
			query.completed <- asked.completion
		}
		return nil, nil
	default:
		return metastore(p.lake().catalog, asked.Question, asked.About)
	}
}

// file is what Trino reads as one: an object, or several under the location of the first.
type file struct {
	Location string `json:"location"`
	// Objects are the paths to them.
	Objects  []string `json:"objects"`
	Size     int64    `json:"size"`
	Modified int64    `json:"modified"`
	joinable bool
}

// wholeFile is the size below which Trino takes a file into memory whole, in one split.
const wholeFile = 8 << 20

var (
	linesOfJSON = []string{"org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe"}
	compressed  = []string{".gz", ".bz2", ".snappy", ".zst", ".lz4", ".deflate", ".lzo", ".lzo_deflate"}
)

// files lists what is to be read of a table at a location, small objects of JSON together where nobody can tell.
func (p *process) files(asked question, query *underWay) ([]file, error) {
	bucket, prefix := objects.SplitURI(asked.Location)
	if bucket == "" {
		return nil, fmt.Errorf("location %q is not an s3:// URI", asked.Location)
	}
	of := reference{asked.About[0], asked.About[1]}
	if query.listed != nil {
		query.listed[of] = true
	}
	lake := p.lake()
	table, _ := lake.catalog.Table(of.Schema, of.Table)
	listed, err := lake.objects.List(bucket, prefix)
	if err != nil {
		return nil, err
	}
	files := []file{}
	for _, o := range listed {
		if !isRead(prefix, o.Key) {
			continue
		}
		object, err := lake.objects.Path(bucket, o.Key)
		if err != nil {
			return nil, err
		}
		joinable := query.join && slices.Contains(linesOfJSON, table.SerDe.Library) && !slices.Contains(compressed, path.Ext(o.Key))
		if last := len(files) - 1; last >= 0 && joinable && files[last].joinable && files[last].Size+1+o.Size < wholeFile {
			files[last].Objects = append(files[last].Objects, object)
			files[last].Size += 1 + o.Size // an end of the last line, if it has none
			continue
		}
		files = append(files, file{"s3://" + bucket + "/" + o.Key, []string{object}, o.Size, o.Modified.UnixMilli(), joinable})
	}
	return files, nil
}

// isRead tells whether an object is read whose key starts with a location's: that of the location itself, or one in its
// folder that is neither a folder marker nor hidden.
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
	return !objects.IsHidden(below) && !strings.HasSuffix(key, "/")
}
