package engine

import (
	"fmt"
)

// WillHold has the directory remember, before it is there, what data its source bucket holds: a run may be killed.
func (e *Engine) WillHold(sample, brought bool) error {
	e.saved.Sample = e.saved.Sample || sample
	e.saved.Brought = e.saved.Brought || brought
	return e.save()
}

// Copied is what a copy did.
type Copied struct {
	// Objects is how many there are, Bytes how many they have together, Replaced how many had been there before.
	Objects  int   `json:"objects"`
	Bytes    int64 `json:"bytes"`
	Replaced int   `json:"replaced"`
}

// Copy puts every file of a directory into the source bucket. A file is never held whole.
func (e *Engine) Copy(data *Data) (Copied, error) {
	var done Copied
	bucket, known := e.resources.outputs["buckets"]["source"]
	if !known {
		return done, fmt.Errorf("copy %s: the stack exports no buckets.source", data.Directory)
	}
	watched := e.options.Watch.Begin("copy of "+data.Directory, data.Bytes)
	defer watched.End()
	for _, key := range data.keys {
		replaced, err := e.store.PutFile(bucket, key, data.file(key), e.clock.Now(), func(count int64) {
			done.Bytes += count
			e.progress.copied(data, done)
			watched.Add(count, e.clock.Now())
		})
		if err != nil {
			return done, fmt.Errorf("copy %s to the source bucket: %w", data.Directory, err)
		}
		done.Objects++
		if replaced {
			done.Replaced++
		}
		if err := e.arrive(bucket, key); err != nil {
			return done, err
		}
	}
	return done, nil
}

// Arrive sends the events of all objects in the source bucket, as if they had just been written: for data that was there
// before the rules were.
func (e *Engine) Arrive() error {
	bucket := e.resources.outputs["buckets"]["source"]
	objects, err := e.store.List(bucket, "")
	if err != nil {
		return fmt.Errorf("send the events of the source bucket: %w", err)
	}
	for _, object := range objects {
		if err := e.arrive(bucket, object.Key); err != nil {
			return err
		}
	}
	return nil
}

// arrive sends the event of an object of the store. It is read for its ETag only where a rule may take the event.
func (e *Engine) arrive(bucket, key string) error {
	if !e.listens(bucket) {
		return nil
	}
	head, err := e.store.Head(bucket, key)
	if err != nil {
		return fmt.Errorf("send the event of an object: %w", err)
	}
	e.arrived(bucket, key, head.Size, head.ETag)
	return nil
}
