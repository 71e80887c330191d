package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"datalake/local/engine"
	"datalake/local/objects"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"
)

// tables compares the catalog's tables, with what lies in them.
func (v *verification) tables(ctx context.Context) {
	v.Progress("Comparing the tables")
	here := map[string]map[string]engine.TableReport{} // by database and name
	for _, database := range v.output("databases") {
		here[database] = map[string]engine.TableReport{}
	}
	for _, table := range v.Report.Tables {
		if here[table.Database] == nil {
			here[table.Database] = map[string]engine.TableReport{}
		}
		here[table.Database][table.Name] = table
	}
	for _, database := range slices.Sorted(maps.Keys(here)) {
		deployed, err := v.catalog(ctx, database)
		if err != nil {
			v.refused("database "+database, fmt.Sprintf("%d tables", len(here[database])), err)
			continue
		}
		names := maps.Clone(here[database])
		maps.Copy(names, deployed)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			d, there := deployed[name]
			h, known := here[database][name]
			var differences []string
			switch {
			case !there:
				differences = []string{"it is not in the catalog"}
			case !known:
				differences = []string{"it is not in the catalog here"}
			default:
				differences = compareTables(d, h)
			}
			v.compare("table "+database+"."+name, describe(d, there), describe(h, known), differences, otherData)
		}
	}
}

func describe(table engine.TableReport, known bool) string {
	if !known {
		return "none"
	}
	return fmt.Sprintf("%d columns, %d partitions, %d objects, %d bytes", len(table.Columns)+len(table.PartitionKeys), table.Partitions, table.Objects, table.Bytes)
}

func compareTables(deployed, here engine.TableReport) (found []string) {
	if !slices.Equal(deployed.Columns, here.Columns) {
		found = append(found, fmt.Sprintf("columns are %v deployed and %v here", deployed.Columns, here.Columns))
	}
	if !slices.Equal(deployed.PartitionKeys, here.PartitionKeys) {
		found = append(found, fmt.Sprintf("partition keys are %v deployed and %v here", deployed.PartitionKeys, here.PartitionKeys))
	}
	for _, number := range []struct {
		of             string
		deployed, here int64
	}{
		{"partitions", int64(deployed.Partitions), int64(here.Partitions)},
		{"objects", int64(deployed.Objects), int64(here.Objects)},
		{"bytes", deployed.Bytes, here.Bytes},
	} {
		if number.deployed != number.here {
			found = append(found, fmt.Sprintf("%d %s deployed and %d here", number.deployed, number.of, number.here))
		}
	}
	return found
}

// catalog are a database's tables, by name.
func (v *verification) catalog(ctx context.Context, database string) (map[string]engine.TableReport, error) {
	found := map[string]engine.TableReport{}
	pages := glue.NewGetTablesPaginator(v.glue, &glue.GetTablesInput{DatabaseName: &database})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the tables of %s: %w", database, err)
		}
		for _, table := range page.TableList {
			report, err := v.table(ctx, database, table)
			if err != nil {
				return nil, fmt.Errorf("look at table %s: %w", *table.Name, err)
			}
			found[*table.Name] = report
		}
	}
	return found, nil
}

// table counts what Athena reads of a table: the objects in its partitions, but for those whose names hide them. Partitions that
// are projected are those that hold objects.
func (v *verification) table(ctx context.Context, database string, table types.Table) (engine.TableReport, error) {
	report := engine.TableReport{Columns: columns(table.StorageDescriptor.Columns), PartitionKeys: columns(table.PartitionKeys)}
	location := *table.StorageDescriptor.Location
	projected := table.Parameters["projection.enabled"] == "true"
	known := map[string]bool{location: len(table.PartitionKeys) == 0}
	if len(table.PartitionKeys) > 0 && !projected {
		pages := glue.NewGetPartitionsPaginator(v.glue, &glue.GetPartitionsInput{DatabaseName: &database, TableName: table.Name, ExcludeColumnSchema: aws.Bool(true)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return report, err
			}
			for _, partition := range page.Partitions {
				known[strings.TrimSuffix(*partition.StorageDescriptor.Location, "/")+"/"] = true
				report.Partitions++
			}
		}
	}
	bucket, prefix := objects.SplitURI(location)
	listed, err := v.objects(ctx, bucket, prefix)
	if err != nil {
		return report, err
	}
	folders := map[string]bool{}
	for key, size := range listed {
		folder, name := path.Split(key)
		if objects.IsHidden(name) || !projected && !known["s3://"+bucket+"/"+folder] {
			continue
		}
		folders[folder] = true
		report.Objects++
		report.Bytes += size
	}
	if projected {
		report.Partitions = len(folders)
	}
	return report, nil
}

func columns(of []types.Column) []engine.ColumnReport {
	reports := []engine.ColumnReport{}
	for _, column := range of {
		reports = append(reports, engine.ColumnReport{Name: *column.Name, Type: *column.Type})
	}
	return reports
}

// objects are the sizes of a bucket's objects below a prefix, by key.
func (v *verification) objects(ctx context.Context, bucket, prefix string) (map[string]int64, error) {
	sizes := map[string]int64{}
	pages := s3.NewListObjectsV2Paginator(v.s3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list s3://%s/%s: %w", bucket, prefix, err)
		}
		for _, object := range page.Contents {
			sizes[*object.Key] = *object.Size
		}
	}
	return sizes, nil
}

// copyingAtOnce is how many objects are copied side by side.
const copyingAtOnce = 16

// copy gives the deployed source bucket the objects that it lacks; it replaces none.
func (v *verification) copy(ctx context.Context) {
	if v.Objects == nil {
		return
	}
	const what = "copy to the source bucket"
	from, to := texts(v.Program.Exports["buckets"])["source"], v.output("buckets")["source"]
	ours, err := v.Stack.Objects.List(from, "")
	if err != nil {
		v.refused(what, "", err)
		return
	}
	theirs, err := v.objects(ctx, to, "")
	if err != nil {
		v.refused(what, "", err)
		return
	}
	copying, ctx := errgroup.WithContext(ctx)
	copying.SetLimit(copyingAtOnce)
	copied := 0
	for _, object := range ours {
		if _, there := theirs[object.Key]; there {
			continue
		}
		if copied++; copied%1000 == 0 {
			v.Progress("Copying to s3://%s: %d objects", to, copied)
		}
		copying.Go(func() (err error) {
			file, err := v.Stack.Objects.Reader(from, object.Key)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, file.Close()) }()
			// Not over an object that has come since: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
			_, err = v.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &to, Key: &object.Key, Body: file, IfNoneMatch: aws.String("*")})
			return err
		})
	}
	if err := copying.Wait(); err != nil {
		v.refused(what, fmt.Sprintf("%d objects", len(ours)), err)
		return
	}
	v.add(Check{What: what, Deployed: fmt.Sprintf("%d objects were missing", copied), Here: fmt.Sprintf("%d objects", len(ours)), Verdict: Same})
}
