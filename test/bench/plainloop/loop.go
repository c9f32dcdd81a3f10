package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	apiVersion = "?api-version=2017-05-01-preview"
	// chunkItems is how many runs make a blob.
	chunkItems = 50
)

// summary is what a run of the loop did.
type summary struct {
	Documents int64 `json:"documents"`
	Artifacts int64 `json:"artifacts"`
	Blobs     int64 `json:"blobs"`
	Bytes     int64 `json:"bytes"`
}

// loop is one export.
type loop struct {
	options
	api   *api
	store *store

	documents, artifacts atomic.Int64
}

// job is a chunk of a page, of one type.
type job struct {
	read func(context.Context, *chunk, project, string) error
	of   project
	name string // of the blob
	runs []string
}

// project is where runs are: its path below the Resource Manager.
type project struct{ path, name string }

func (l *loop) sum() summary {
	return summary{l.documents.Load(), l.artifacts.Load(), l.store.blobs.Load(), l.store.bytes.Load()}
}

// export lists the runs and sends them in chunks to workers. The first error ends it.
func (l *loop) export(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	jobs := make(chan job)
	var working sync.WaitGroup
	for range l.chunks {
		working.Go(func() {
			for j := range jobs {
				if err := l.work(ctx, j); err != nil {
					cancel(err)
				}
			}
		})
	}
	if err := l.list(ctx, jobs); err != nil {
		cancel(err)
	}

	close(jobs)
	working.Wait()

	return context.Cause(ctx)
}

// list walks the account down to the pages of runs.
func (l *loop) list(ctx context.Context, jobs chan<- job) error {
	account := l.upstream + "/subscriptions/" + escape(l.subscription) + "/resourceGroups/" + escape(l.resourceGroup) +
		"/providers/Microsoft.MachineLearningExperimentation/accounts/" + escape(l.account)
	if _, err := l.api.get(ctx, account+apiVersion); err != nil {
		return err
	}
	workspaces, err := l.api.names(ctx, account+"/workspaces"+apiVersion)
	if err != nil {
		return err
	}

	for _, w := range workspaces {
		workspace := account + "/workspaces/" + escape(w)
		projects, err := l.api.names(ctx, workspace+"/projects"+apiVersion)
		if err != nil {
			return err
		}

		for _, p := range projects {
			at := project{path: workspace[len(l.upstream):] + "/projects/" + escape(p), name: w + "/" + p}
			if err := l.pages(ctx, at, jobs); err != nil {
				return err
			}
		}
	}

	return nil
}

// pages walks a project's list of runs and stores its answers.
func (l *loop) pages(ctx context.Context, at project, jobs chan<- job) error {
	url := l.upstream + "/history/v1.0" + at.path + "/runs"
	for n := 1; url != ""; n++ {
		p, err := l.api.list(ctx, url, "runId")
		if err != nil {
			return err
		}

		answers := newChunk()
		answers.add("E14", "", p.answer)
		if err := l.put(ctx, answers, fmt.Sprintf("data/runs/%s/page-%06d.json", at.name, n)); err != nil {
			return err
		}

		for i, runs := range slices.Collect(slices.Chunk(p.items, chunkItems)) {
			if err := l.dispatch(ctx, jobs, at, runs, fmt.Sprintf("%s/part-%06d-%05d.json", at.name, n, i)); err != nil {
				return err
			}
		}

		url = p.next
	}
	return nil
}

// dispatch sends a chunk's jobs to the workers, one for each type.
func (l *loop) dispatch(ctx context.Context, jobs chan<- job, at project, runs []string, blob string) error {
	all := []job{{l.run, at, "data/runs/" + blob, runs}}
	if l.followers {
		all = append(all, job{l.runArtifacts, at, "data/run-artifacts/" + blob, runs}, job{l.originArtifacts, at, "data/artifacts/" + blob, runs})
	}
	for _, j := range all {
		select {
		case jobs <- j:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
