// Package archive stores blobs that are written once and never change: small
// records, streamed parts, and artifacts that are copied block by block. It
// stores bytes and counts them; what they mean is for others.
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
	// ErrNotFound means that no blob has the name. Staged blocks are no blob.
	ErrNotFound = errors.New("no such blob")
	// ErrExists means that a create-only write was refused. That proves nothing:
	// the refusal may be of one's own write whose answer was lost, or false, so
	// Stat decides.
	ErrExists = errors.New("the blob exists")
	// ErrChanged means that a conditional write was refused: the blob is no longer
	// the version that was named. It may be of one's own write whose answer was lost.
	ErrChanged = errors.New("the blob has changed")
)

// BlockID names a staged block. All ids of a blob must have one length for
// ever, so this one is used everywhere.
type BlockID [64]byte

// StagedBlock is a block that was staged and not committed.
type StagedBlock struct {
	ID   BlockID
	Size int64
}

// Info is what a listing or a look tells of a blob.
type Info struct {
	Name string
	// Size in bytes.
	Size int64
	// Created is when the blob came to be by the store's clock; for a blob that
	// this very call has written it may be by the caller's.
	Created time.Time
	// Metadata has its keys in lower case.
	Metadata map[string]string
	// ETag names the version that Stat or Open saw; a listing leaves it empty.
	ETag string
	// Age is how long ago that version was written, by the store's clock alone: the
	// answer's own date less the blob's. Only Stat and Open tell it; UnknownAge where
	// the answer left a date out.
	Age time.Duration
}

// UnknownAge is the age of a version that the store gives no dates of. It is less than
// any age.
const UnknownAge time.Duration = -1

// Backend is what a container of blobs must offer. Names go in raw. Each method
// is one external effect or one look, and is safe for concurrent use. Besides
// ErrNotFound, ErrExists and the context's errors, a failure is a *dsr.Error
// whose class is Throttled or Transient.
type Backend interface {
	// Put writes a blob create-only; ErrExists when it is refused.
	Put(ctx context.Context, name string, body []byte, meta map[string]string) error
	// Stage keeps a block under a name for a later Commit, at most for a week.
	Stage(ctx context.Context, name string, block BlockID, body []byte) error
	// Commit makes a blob of staged blocks create-only; ErrExists when it is refused.
	Commit(ctx context.Context, name string, blocks []BlockID, meta map[string]string) error
	// Staged returns the uncommitted blocks of a name in no order, none if it is unknown.
	Staged(ctx context.Context, name string) ([]StagedBlock, error)
	// Stat looks at a blob; ErrNotFound.
	Stat(ctx context.Context, name string) (Info, error)
	// Open reads a blob from an offset; nothing when that is at or past its end. ErrNotFound.
	Open(ctx context.Context, name string, offset int64) (io.ReadCloser, Info, error)
	// List yields the blobs of a prefix in the order of their names, with
	// metadata. from is the first name to start at, inclusive; "" for all.
	List(ctx context.Context, prefix, from string) iter.Seq2[Info, error]
	// ListPage is one call of such a listing: at most so many blobs from a name on,
	// inclusive, and whether there are more. It returns at least one blob unless none
	// is left. Between two calls anything may be written.
	ListPage(ctx context.Context, prefix, from string, most int) (page []Info, more bool, err error)
	// Swap writes an index blob whose version is still etag, or, for "", one that is
	// not there, and gives the new version's ETag. ErrChanged when it is another.
	Swap(ctx context.Context, name string, body []byte, etag string) (string, error)
	// Replace writes a blob whether it exists or not: for index blobs only.
	Replace(ctx context.Context, name string, body []byte) error
	// Delete removes a blob; nil when it isn't there.
	Delete(ctx context.Context, name string) error
	// EnsureContainer creates the container if it is missing.
	EnsureContainer(ctx context.Context) error
}

// Limits of a blob's name: Azure's, which Azurite doesn't check.
const (
	maxName     = 1024 // characters
	maxSegments = 254
)

// CheckName refuses the names that a store would refuse, change, or no longer
// be able to list. Backends ask it before each write.
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

// isForbidden: Azurite can't list a container with a control character in a
// name, and turns a backslash into a slash.
func isForbidden(r rune) bool {
	return r < 0x20 || (r >= 0x7f && r < 0xa0) || r == '\\' || r == 0xfffe || r == 0xffff
}
