// Command archive makes Trino's archive of classes, from which a server starts a third sooner: it starts one without,
// over a lake of a few objects, and runs a query for the classes that queries need.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"datalake/local/glue"
	"datalake/local/objects"
	"datalake/local/trino"
)

func main() {
	if err := archive("target"); err != nil {
		fmt.Fprintln(os.Stderr, "make the archive of Trino's classes:", err)
		os.Exit(1)
	}
}

// lake is a catalog of one table.
type lake struct{ usage glue.Table }

func (l lake) Databases() []string                     { return []string{l.usage.Database} }
func (l lake) Tables(string) ([]glue.Table, error)     { return []glue.Table{l.usage}, nil }
func (l lake) Table(_, name string) (glue.Table, bool) { return l.usage, name == l.usage.Name }

func archive(home string) (err error) {
	directory, err := os.MkdirTemp("", "trino-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	store, err := objects.Open(directory + "/store")
	if err != nil {
		return err
	}
	err = errors.Join(
		store.CreateBucket("lake"),
		store.Put("lake", "usage/day=1/a.json", []byte(`{"user":"a","usage":1}`), time.Now()),
		store.Put("lake", "usage/day=1/b.json", []byte(`{"user":"b","usage":2}`), time.Now()),
	)
	if err != nil {
		return err
	}
	server, err := trino.New(trino.Config{Home: home, Directory: directory + "/trino", Archive: true})
	if err != nil {
		return err
	}
	server.Serve(lake{glue.Table{
		Database:      "lake",
		Name:          "usage",
		Location:      "s3://lake/usage/",
		Columns:       []glue.Column{{Name: "user", Type: "string"}, {Name: "usage", Type: "int"}},
		PartitionKeys: []glue.Column{{Name: "day", Type: "string"}},
		Partitions:    []glue.Partition{{Values: []string{"1"}, Location: "s3://lake/usage/day=1/"}},
		InputFormat:   "org.apache.hadoop.mapred.TextInputFormat",
		OutputFormat:  "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
		SerDe:         glue.SerDe{Library: "org.openx.data.jsonserde.JsonSerDe"},
	}}, store)
	_, err = server.Run(context.Background(), trino.Query{Database: "lake", Now: time.Now(), SQL: `
		SELECT coalesce("user", 'total') AS name, sum(usage) AS total, round(avg(usage), 1) AS mean
		FROM usage WHERE day >= '1' GROUP BY GROUPING SETS (("user"), ()) ORDER BY name`})
	return errors.Join(err, server.Close())
}
