package operator

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
)

// counted counts how often a listing begins and what it yields.
type counted struct {
	archive.Backend
	lists, blobs int
}

func (c *counted) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	c.lists++
	return func(yield func(archive.Info, error) bool) {
		for info, err := range c.Backend.List(ctx, prefix, from) {
			c.blobs++
			if !yield(info, err) {
				return
			}
		}
	}
}

func TestListJumpsOverTheEvidenceOfALargeRequest(t *testing.T) {
	const many = 3 * listPatience
	store := memory.New()
	put := func(name string) {
		if err := store.Put(t.Context(), name, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	for i := range many {
		put(fmt.Sprintf("large/1/receipts/%06d", i))
	}
	for _, name := range []string{"_holds/x/1.json", "large-too/request.json", "large0/request.json", "small/1/plan.json", "small/request.json"} {
		put(name)
	}

	c := &counted{Backend: store}
	var got []string
	for id, err := range requestIDs(t.Context(), c, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}

	if strings.Join(got, " ") != "large-too large large0 small" {
		t.Errorf("found %v", got)
	}
	if c.lists != 2 || c.blobs > listPatience+10 {
		t.Errorf("%d listings of %d blobs", c.lists, c.blobs)
	}
}
