package simulation_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/verify"
)

// twoContainers is the evidence of an attempt as the containers hold it.
type twoContainers struct{ audit, exports *archive.Archive }

func (c twoContainers) home(name string) archive.Backend {
	if strings.Contains(name, "/data/") || strings.HasSuffix(name, "subject.json") {
		return c.exports.Backend()
	}
	return c.audit.Backend()
}

func (c twoContainers) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, err := c.home(name).Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, verify.ErrNotFound
	}
	return body, err
}

func (c twoContainers) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var names []string
		for _, b := range []archive.Backend{c.audit.Backend(), c.exports.Backend()} {
			for info, err := range b.List(ctx, prefix, "") {
				if err != nil {
					yield("", err)
					return
				}
				names = append(names, info.Name)
			}
		}

		slices.Sort(names)

		for _, n := range names {
			if !yield(n, nil) {
				return
			}
		}
	}
}
