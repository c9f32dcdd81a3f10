// Package archivetest is the test suite that every archive.Backend must pass. It ensures that
// the backend in memory behaves like the real one.
package archivetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"

	"github.com/google/go-cmp/cmp"
)

// Harness creates backends for the suite.
type Harness interface {
	// NewContainer returns a new empty container. If the backend lists page by page, a page
	// should have PageSize blobs.
	NewContainer(t *testing.T) archive.Backend
}

// PageSize is the page size of listings for which the suite is written.
const PageSize = 3

// Run checks a backend against the contract.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, archive.Backend)
	}{
		{"a blob is put once", putOnce},
		{"a blob is committed once", commitOnce},
		{"an unknown block can't be committed", commitUnknown},
		{"staged blocks alone are not a blob", stagedIsNoBlob},
		{"staged blocks are reported until they are committed", stagedBlocks},
		{"a missing blob is not found", missing},
		{"a blob is read from any offset", offsets},
		{"empty blobs exist", empty},
		{"a listing is in the order of names", listOrder},
		{"a listing can start at a name", listFrom},
		{"a listing can be made call by call", listPages},
		{"an index blob is swapped only for its own version", swap},
		{"the age of a version is by the store's clock", age},
		{"an index blob is replaced and deleted", replaceAndDelete},
		{"metadata keeps its values and has lower-case names", metadata},
		{"hostile names are listed unchanged", hostileNames},
		{"names that can't be listed are refused", refusedNames},
		{"a cancelled context passes through", cancelled},
		{"a record is created under a name with staged blocks", createOverStaged},
		{"of any two writers one wins, and its bytes are stored", interleavings},
		{"any two streams agree on the stored bytes", streams},
		{"a container may be ensured twice", ensureTwice},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, h.NewContainer(t)) })
	}
}

func put(t *testing.T, b archive.Backend, name, body string) {
	t.Helper()
	if err := b.Put(t.Context(), name, []byte(body), nil); err != nil {
		t.Fatalf("putting %q: %v", name, err)
	}
}

func stage(t *testing.T, b archive.Backend, name string, id archive.BlockID, body string) {
	t.Helper()
	if err := b.Stage(t.Context(), name, id, []byte(body)); err != nil {
		t.Fatalf("staging: %v", err)
	}
}

func wantBody(t *testing.T, b archive.Backend, name, want string) {
	t.Helper()
	r, info, err := b.Open(t.Context(), name, 0)
	if err != nil {
		t.Fatalf("opening %q: %v", name, err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	if string(got) != want || info.Size != int64(len(want)) {
		t.Errorf("%q holds %q of size %d, want %q", name, got, info.Size, want)
	}
}

func wantError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
}

// names returns the names below a prefix.
func names(t *testing.T, b archive.Backend, prefix, from string) []string {
	t.Helper()
	var out []string
	for info, err := range b.List(t.Context(), prefix, from) {
		if err != nil {
			t.Fatalf("listing: %v", err)
		}
		out = append(out, info.Name)
	}
	return out
}

func wantNames(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func id(s string) (id archive.BlockID) {
	copy(id[:], s)
	return id
}

func putOnce(t *testing.T, b archive.Backend) {
	put(t, b, "a/b", "first")
	wantError(t, b.Put(t.Context(), "a/b", []byte("second"), nil), archive.ErrExists)
	wantBody(t, b, "a/b", "first")
}

func commitOnce(t *testing.T, b archive.Backend) {
	stage(t, b, "a", id("1"), "one ")
	stage(t, b, "a", id("2"), "two")
	if err := b.Commit(t.Context(), "a", []archive.BlockID{id("1"), id("2")}, nil); err != nil {
		t.Fatal(err)
	}
	stage(t, b, "a", id("3"), "three")
	wantError(t, b.Commit(t.Context(), "a", []archive.BlockID{id("3")}, nil), archive.ErrExists)
	wantError(t, b.Put(t.Context(), "a", []byte("four"), nil), archive.ErrExists)
	wantBody(t, b, "a", "one two")
}

func commitUnknown(t *testing.T, b archive.Backend) {
	stage(t, b, "a", id("1"), "one")
	wantError(t, b.Commit(t.Context(), "a", []archive.BlockID{id("1"), id("2")}, nil), archive.ErrExists)
	_, err := b.Stat(t.Context(), "a")
	wantError(t, err, archive.ErrNotFound)
}

func stagedIsNoBlob(t *testing.T, b archive.Backend) {
	stage(t, b, "a", id("1"), "one")
	_, err := b.Stat(t.Context(), "a")
	wantError(t, err, archive.ErrNotFound)
	_, _, err = b.Open(t.Context(), "a", 0)
	wantError(t, err, archive.ErrNotFound)
	wantNames(t, names(t, b, "", ""))
}

func stagedBlocks(t *testing.T, b archive.Backend) {
	want := func(want ...archive.StagedBlock) {
		t.Helper()
		got, err := b.Staged(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}

		byID := map[archive.BlockID]int64{}
		for _, block := range got {
			byID[block.ID] = block.Size
		}

		if len(got) != len(want) {
			t.Errorf("got %d blocks, want %d", len(got), len(want))
		}

		for _, block := range want {
			if byID[block.ID] != block.Size {
				t.Errorf("block %q has size %d, want %d", block.ID[:1], byID[block.ID], block.Size)
			}
		}
	}

	want()
	stage(t, b, "a", id("2"), "twenty")
	stage(t, b, "a", id("1"), "one")
	stage(t, b, "a", id("2"), "two!")
	want(archive.StagedBlock{ID: id("1"), Size: 3}, archive.StagedBlock{ID: id("2"), Size: 4})
	if err := b.Commit(t.Context(), "a", []archive.BlockID{id("1"), id("2")}, nil); err != nil {
		t.Fatal(err)
	}

	want()
	wantBody(t, b, "a", "onetwo!")
}

func missing(t *testing.T, b archive.Backend) {
	put(t, b, "a", "x")
	for _, name := range []string{"b", "A", "a/b", "aa"} {
		_, err := b.Stat(t.Context(), name)
		wantError(t, err, archive.ErrNotFound)
		_, _, err = b.Open(t.Context(), name, 0)
		wantError(t, err, archive.ErrNotFound)
		_, _, err = b.Open(t.Context(), name, 5)
		wantError(t, err, archive.ErrNotFound)
	}
}

func offsets(t *testing.T, b archive.Backend) {
	put(t, b, "a", "0123456789")
	for offset, want := range map[int64]string{0: "0123456789", 1: "123456789", 9: "9", 10: "", 11: ""} {
		r, info, err := b.Open(t.Context(), "a", offset)
		if err != nil {
			t.Fatalf("offset %d: %v", offset, err)
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}

		if string(got) != want || info.Size != 10 || info.Name != "a" || info.Created.IsZero() {
			t.Errorf("offset %d: got %q and %+v, want %q", offset, got, info, want)
		}
	}
}

func empty(t *testing.T, b archive.Backend) {
	put(t, b, "put", "")
	wantBody(t, b, "put", "")
	if err := b.Commit(t.Context(), "committed", nil, nil); err != nil {
		t.Fatal(err)
	}
	wantBody(t, b, "committed", "")
	wantNames(t, names(t, b, "", ""), "committed", "put")
}

func replaceAndDelete(t *testing.T, b archive.Backend) {
	for _, body := range []string{"one", "two"} {
		if err := b.Replace(t.Context(), "_open/x~1", []byte(body)); err != nil {
			t.Fatal(err)
		}
		wantBody(t, b, "_open/x~1", body)
	}

	for range 2 {
		if err := b.Delete(t.Context(), "_open/x~1"); err != nil {
			t.Fatal(err)
		}
		_, err := b.Stat(t.Context(), "_open/x~1")
		wantError(t, err, archive.ErrNotFound)
	}
}

func metadata(t *testing.T, b archive.Backend) {
	meta := map[string]string{"sha256": strings.Repeat("ab", 32), "outcome": "partly (50%) <&>;,=\"x\" 'y'"}
	if err := b.Put(t.Context(), "a/put", []byte("x"), meta); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context(), "a/commit", nil, meta); err != nil {
		t.Fatal(err)
	}

	want := func(how string, info archive.Info, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(meta, info.Metadata); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", how, info.Name, diff)
		}
	}
	for info, err := range b.List(t.Context(), "a/", "") {
		want("listing", info, err)
		looked, err := b.Stat(t.Context(), info.Name)
		want("look", looked, err)
		r, opened, err := b.Open(t.Context(), info.Name, 0)
		want("opening", opened, err)

		if diff := cmp.Diff(looked, opened); diff != "" {
			t.Errorf("a look and an opening differ:\n%s", diff)
		}
		if !info.Created.Equal(looked.Created) || info.Size != looked.Size {
			t.Errorf("a listing says %+v, a look %+v", info, looked)
		}

		_ = r.Close()
	}
}

func cancelled(t *testing.T, b archive.Backend) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, statErr := b.Stat(ctx, "a")
	_, _, openErr := b.Open(ctx, "a", 0)
	_, stagedErr := b.Staged(ctx, "a")
	var listErr error
	for _, err := range b.List(ctx, "", "") {
		listErr = err
	}

	for what, err := range map[string]error{
		"Put": b.Put(ctx, "a", nil, nil), "Stage": b.Stage(ctx, "a", id("1"), []byte("x")), "Commit": b.Commit(ctx, "a", nil, nil),
		"Replace": b.Replace(ctx, "a", nil), "Delete": b.Delete(ctx, "a"), "EnsureContainer": b.EnsureContainer(ctx),
		"Stat": statErr, "Open": openErr, "Staged": stagedErr, "List": listErr,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", what, err)
		}
	}

	wantNames(t, names(t, b, "", ""))
}

func ensureTwice(t *testing.T, b archive.Backend) {
	for n := range 2 {
		if err := b.EnsureContainer(t.Context()); err != nil {
			t.Fatal(fmt.Errorf("time %d: %w", n+1, err))
		}
	}
}
