// Package archive stores blobs that are written once and never change: small records,
// streamed parts, and artifacts that are copied block by block. It also reads the entries
// of a part. Other packages decide what records, parts and artifacts contain.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// ErrNotFound means that no blob has the name. Staged blocks alone are not a blob.
	ErrNotFound = errors.New("no such blob")
	// ErrExists means that a create-only write was refused. It does not prove that another
	// writer's blob exists: the caller's own write may have succeeded and its answer was
	// lost, or the refusal is false. Stat decides.
	ErrExists = errors.New("the blob exists")
	// ErrChanged means that a conditional write was refused, because the blob is not the
	// given version any more. The newer version may be the caller's own write, whose
	// answer was lost.
	ErrChanged = errors.New("the blob has changed")
)

// BlockID names a staged block. Azure requires that all ids of a blob have the same
// length, so all ids have this one.
type BlockID [64]byte

// StagedBlock is a block that is staged and not yet committed.
type StagedBlock struct {
	ID   BlockID
	Size int64
}

// Info describes a blob. List, ListPage, Stat and Open return it.
type Info struct {
	Name string
	// Size is in bytes.
	Size int64
	// Created is when the blob was created, by the store's clock. For a blob that the
	// same call wrote it may be by the caller's clock.
	Created time.Time
	// Metadata has its keys in lower case.
	Metadata map[string]string
	// ETag is the version that Stat or Open saw. It is empty in a listing.
	ETag string
	// Age is how long ago that version was written, by the store's clock alone: the date
	// of the answer minus that of the blob. Only Stat and Open set it. It is UnknownAge if
	// the answer lacks one of the dates.
	Age time.Duration
}

// UnknownAge is the age of a version whose dates are missing in the store's answer. It is
// less than any age.
const UnknownAge time.Duration = -1

// Backend is a container of blobs. Names are passed unescaped. Each method is one external
// effect or one read, and is safe for concurrent use. A failure is ErrNotFound, ErrExists,
// ErrChanged, an error of the context, or a *dsr.Error whose class is Throttled or
// Transient.
type Backend interface {
	// Put creates a blob. It fails with ErrExists if the store refuses.
	Put(ctx context.Context, name string, body []byte, meta map[string]string) error
	// Stage stores a block under a name for a later Commit. It expires after a week.
	Stage(ctx context.Context, name string, block BlockID, body []byte) error
	// Commit creates a blob from staged blocks. It fails with ErrExists if the store
	// refuses.
	Commit(ctx context.Context, name string, blocks []BlockID, meta map[string]string) error
	// Staged returns the uncommitted blocks of a name in no particular order, or none.
	Staged(ctx context.Context, name string) ([]StagedBlock, error)
	// Stat describes a blob. It fails with ErrNotFound if there is none.
	Stat(ctx context.Context, name string) (Info, error)
	// Open reads a blob from an offset. At or past the end of the blob there is nothing to
	// read. It fails with ErrNotFound if there is no such blob.
	Open(ctx context.Context, name string, offset int64) (io.ReadCloser, Info, error)
	// List yields the blobs below a prefix in the order of their names, with metadata. It
	// starts at the name from, inclusive; "" is the first.
	List(ctx context.Context, prefix, from string) iter.Seq2[Info, error]
	// ListPage makes one call of such a listing. It returns at most the given number of
	// blobs, 0 for the backend's own limit, and whether there may be more. It returns at
	// least one blob unless none is left. Blobs may be written between two calls.
	ListPage(ctx context.Context, prefix, from string, most int) (page []Info, more bool, err error)
	// Swap replaces an index blob whose version is still etag, or, for "", creates it, with
	// its metadata. It returns the ETag of the new version. It fails with ErrChanged if the
	// stored version is another one.
	Swap(ctx context.Context, name string, body []byte, meta map[string]string, etag string) (string, error)
	// Replace writes a blob whether it exists or not. It is for index blobs only.
	Replace(ctx context.Context, name string, body []byte) error
	// Delete removes a blob. It returns nil if there is none.
	Delete(ctx context.Context, name string) error
	// EnsureContainer creates the container if it is missing.
	EnsureContainer(ctx context.Context) error
}

// Azure's limits for the name of a blob. Azurite does not check them.
const (
	maxName     = 1024 // characters
	maxSegments = 254
)

// CheckName returns an error for a name that a store would refuse, change, or be unable to
// list. Backends call it before each write.
func CheckName(name string) error {
	segments := strings.Count(name, "/") + 1
	switch {
	case name == "" || utf8.RuneCountInString(name) > maxName || segments > maxSegments:
		return fmt.Errorf("a blob's name has 1 to %d characters in up to %d segments, not %d in %d",
			maxName, maxSegments, utf8.RuneCountInString(name), segments)
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, "/"):
		return errors.New("a blob's name may not end in a dot or a slash")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isForbidden):
		return errors.New("a blob's name may not hold control characters, backslashes or invalid UTF-8")
	}
	return nil
}

// isForbidden reports whether a character may not be in a name. Azurite can't list a
// container that has a name with a control character, and turns a backslash into a slash.
func isForbidden(r rune) bool {
	return r < 0x20 || (r >= 0x7f && r < 0xa0) || r == '\\' || r == 0xfffe || r == 0xffff
}
