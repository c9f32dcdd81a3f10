package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// chunk is a blob of documents that is being written: a JSON array of entries.
type chunk struct {
	mu      sync.Mutex
	body    bytes.Buffer
	entries int64
}

func newChunk() *chunk {
	c := &chunk{}
	c.body.WriteByte('[')
	return c
}

// add appends an entry, the document as it came.
func (c *chunk) add(endpoint, item string, a answer) {
	head, _ := json.Marshal(struct { // strings and a time: it can't fail
		Endpoint    string    `json:"endpoint"`
		Item        string    `json:"item,omitempty"`
		URL         string    `json:"url"`
		Status      int       `json:"status"`
		RetrievedAt time.Time `json:"retrievedAt"`
	}{endpoint, item, a.url, http.StatusOK, a.at})

	c.mu.Lock()
	defer c.mu.Unlock()

	if c.entries++; c.entries > 1 {
		c.body.WriteString(",\n")
	}

	c.body.Write(head[:len(head)-1])
	c.body.WriteString(`,"document":`)
	c.body.Write(a.body)
	c.body.WriteByte('}')
}

// put stores a finished chunk.
func (l *loop) put(ctx context.Context, c *chunk, name string) error {
	c.body.WriteByte(']')
	l.documents.Add(c.entries)
	return l.store.put(ctx, name, c.body.Bytes())
}

// work reads the runs of a job, several at once, and stores what it read.
func (l *loop) work(ctx context.Context, j job) error {
	c := newChunk()
	runs := make(chan string, len(j.runs))
	for _, r := range j.runs {
		runs <- r
	}

	close(runs)
	errs := make([]error, l.items)
	var reading sync.WaitGroup
	for i := range errs {
		reading.Go(func() {
			for r := range runs {
				if errs[i] = j.read(ctx, c, j.of, r); errs[i] != nil {
					return
				}
			}
		})
	}

	reading.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}

	return l.put(ctx, c, j.name)
}

// run reads a run's own document.
func (l *loop) run(ctx context.Context, c *chunk, at project, run string) error {
	got, err := l.api.get(ctx, l.upstream+"/history/v1.0"+at.path+"/runs/"+escape(run))
	if err != nil {
		return err
	}
	c.add("E16", run, got)
	return nil
}

// runArtifacts reads a run's list of artifacts and the link of each.
func (l *loop) runArtifacts(ctx context.Context, c *chunk, at project, run string) error {
	base := l.upstream + "/history/v1.0" + at.path + "/runs/" + escape(run)
	return l.entries(ctx, c, "E19", base+"/artifacts", run, func(path string) error {
		got, err := l.api.get(ctx, base+"/artifacturi?name="+url.QueryEscape(path))
		if err != nil {
			return err
		}
		c.add("E20", run+"/"+path, got)
		return nil
	})
}

// originArtifacts reads what the artifact service says of a run, and the bytes
// of its artifacts.
func (l *loop) originArtifacts(ctx context.Context, c *chunk, at project, run string) error {
	base := l.upstream + "/artifact/v1.0" + at.path + "/artifacts"
	return l.entries(ctx, c, "E22", base+"/origins/ExperimentRun/containers/"+escape(run), run, func(path string) error {
		got, err := l.api.get(ctx, base+"/contentinfo/ExperimentRun/"+escape(run)+"/"+escape(path))
		if err != nil {
			return err
		}

		c.add("E23", run+"/"+path, got)
		var info struct{ ContentURI string }
		if err := json.Unmarshal(got.body, &info); err != nil {
			return err
		}
		content, err := l.api.content(ctx, info.ContentURI)
		if err != nil {
			return err
		}

		l.artifacts.Add(1)
		return l.store.put(ctx, "data/artifacts/"+at.name+"/content/"+escape(run)+"/"+escape(path), content)
	})
}

// entries reads a run's own list and what each of its entries leads to.
func (l *loop) entries(ctx context.Context, c *chunk, endpoint, url, run string, entry func(path string) error) error {
	for url != "" {
		p, err := l.api.list(ctx, url, "path")
		if err != nil {
			return err
		}

		c.add(endpoint, run, p.answer)

		for _, path := range p.items {
			if err := entry(path); err != nil {
				return err
			}
		}

		url = p.next
	}
	return nil
}
