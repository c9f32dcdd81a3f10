// Command plainloop exports the runs of an Azure ML account as a sensible
// engineer's script would: it is what `make bench` compares the worker with. It
// uses net/http and azblob, and none of the project's packages.
//
// What it does: it reads the account, lists its workspaces and their projects,
// and lists each project's runs page by page. Of every chunk of 50 runs it reads
// the runs themselves, each run's list of artifacts and the link of each entry,
// and each run's origin list, the content information of each entry and the
// artifact's bytes: the calls of the worker's types runs, run-artifacts and
// artifacts, each once. It writes a blob for each page of a list, one for each
// chunk and type with an entry per document, and one for each artifact. It works
// on as many chunks at once as the worker has invocations, reads as many items
// of a chunk at once, and has as many connections to Azure ML.
//
// What it leaves out: a queue, records of what is done, so that it could be
// stopped and gone on with, hashes, masking, a search for the subject, checks
// that a document is JSON, retries of Azure ML's answers, a manifest, and any
// care for lists or documents too long for memory. It overwrites what is there.
// Any error ends it.
//
// When done it writes one line of JSON to standard output: documents, artifacts,
// blobs and bytes.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

// options are the command line's.
type options struct {
	upstream, token                      string
	subscription, resourceGroup, account string
	container                            string
	chunks, items, connections           int
	followers                            bool
}

func main() {
	var o options
	flag.StringVar(&o.upstream, "upstream", "", "origin of Azure ML's planes")
	flag.StringVar(&o.token, "token", "", "bearer token")
	flag.StringVar(&o.subscription, "subscription", "", "subscription id")
	flag.StringVar(&o.resourceGroup, "group", "", "resource group")
	flag.StringVar(&o.account, "account", "", "experimentation account")
	flag.StringVar(&o.container, "container", "", "container to write to; it is made")
	flag.IntVar(&o.chunks, "chunks", 16, "chunks that are worked on at once")
	flag.IntVar(&o.items, "items", 8, "items of a chunk that are read at once")
	flag.IntVar(&o.connections, "connections", 32, "connections to a host, for each of Azure ML and its signed links")
	flag.BoolVar(&o.followers, "followers", true, "also read what hangs on runs")
	flag.Parse()
	done, err := run(context.Background(), o, os.Getenv("STORAGE"))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(done)
	}

	if err != nil {
		fmt.Fprintln(os.Stderr, "plainloop:", err)
		os.Exit(1)
	}
}

// run exports everything. storage is a connection string.
func run(ctx context.Context, o options, storage string) (summary, error) {
	s, err := newStore(ctx, storage, o.container)
	if err != nil {
		return summary{}, err
	}
	l := &loop{options: o, api: newAPI(o.token, o.connections), store: s}
	if err := l.export(ctx); err != nil {
		return summary{}, err
	}
	return l.sum(), nil
}
