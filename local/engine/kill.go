package engine

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"datalake/local/glue"
	"datalake/local/spark"
)

// killWhenWriting ends a context with spark.ErrKilled once something new is written in the folders that a job is given, so
// that the job is killed in the middle: some of its objects are written, others are not.
func killWhenWriting(ctx context.Context, arguments map[string]string) (context.Context, context.CancelFunc) {
	ctx, kill := context.WithCancelCause(ctx)
	began := time.Now()
	go func() {
		for ctx.Err() == nil {
			time.Sleep(time.Millisecond)
			for _, value := range arguments {
				if folder, is := strings.CutPrefix(value, "file://"); is && strings.HasSuffix(folder, "/") && writtenSince(folder, began) {
					kill(spark.ErrKilled)
				}
			}
		}
	}()
	return ctx, func() { kill(nil) }
}

// asked is the catalog as Trino asks for it, which is in the middle of a query.
type asked struct {
	queried
	engine *Engine
}

func (a asked) Table(database, name string) (glue.Table, bool) {
	if a.engine.killQuery.CompareAndSwap(true, false) {
		a.engine.options.Trino.Kill()
	}
	return a.queried.Table(database, name)
}

// writtenSince tells whether a folder holds an object that is written whole and newer; a name that begins with a dot is of one
// that is not.
func writtenSince(folder string, began time.Time) (found bool) {
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error { // what vanishes meanwhile is not new
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return nil
		}
		if info, err := entry.Info(); err == nil && info.ModTime().After(began) {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}
