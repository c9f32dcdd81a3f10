package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

const (
	// matchReads is how many parts are read at once to count matches.
	matchReads = 16
	// matchBytes bounds what Status reads to count them. Download has the parts in files and
	// reads them all.
	matchBytes = 64 << 20
)

// Matches says how many documents of an export name its subject. An export has everybody's
// documents in its scope, also where the request names a person, unless it is of the
// subject's alone.
type Matches struct {
	Documents int64  `json:"documents"`
	Matching  *int64 `json:"matching"` // nil: the request names nobody, or see Uncounted
	// Uncounted means that there is too much to read, or that it can't be read.
	Uncounted bool `json:"uncounted,omitempty"`
	// Left counts what an export of the subject's alone has looked through and left out; nil:
	// it is everybody's.
	Left *int64 `json:"left,omitempty"`
}

// Words returns what the numbers mean to whoever hands the export over.
func (m Matches) Words() string {
	switch {
	case m.Left != nil && m.Uncounted:
		return fmt.Sprintf("the export is of the subject alone, and left=%d others; `dsr verify` counts the documents that name the subject", *m.Left)
	case m.Left != nil:
		return fmt.Sprintf("the export is of the subject alone: so many of its documents name the subject, the others hang on those or are whole lists; left=%d others were looked through and left out", *m.Left)
	case m.Uncounted:
		return "the export is of everybody in its scope; `dsr verify` counts the documents that name the subject"
	case m.Matching == nil:
		return "the request names nobody: the export is of everybody in its scope"
	case *m.Matching == 0:
		return "the export is of everybody in its scope, and no document in it names the subject"
	default:
		return "the export is of everybody in its scope; so many of its documents name the subject"
	}
}

// addLeft adds what an attempt has left out.
func (m *Matches) addLeft(totals dsr.Totals) {
	if m.Left == nil {
		return
	}
	for _, row := range azureml.Catalogue() {
		if row.Same == "" {
			*m.Left += totals[row.ID].Left
		}
	}
}

// exports reports whether requests of a kind keep documents.
func exports(kind string) bool { return kind == dsr.KindExport || kind == dsr.KindExportThenDelete }

// openPart opens a part by its blob's name.
type openPart func(ctx context.Context, name string) (io.ReadCloser, error)

// errTooMuch means that parts have more bytes than may be read.
var errTooMuch = errors.New("too much to read")

// matches counts what the closed attempts of a request have exported, nil where it exports
// nothing. It reads parts of limit bytes in all at most, or of any length with 0.
func (o *Operator) matches(ctx context.Context, last dsr.Attempt, open openPart, limit int64) (*Matches, error) {
	request, _, err := o.ledger.Request(ctx, last.RequestID)
	if err != nil || !exports(request.Kind) {
		return nil, err
	}

	m := &Matches{}
	if whoseOf(request.Request) == WhoseSubject {
		m.Left = new(int64)
	}
	var matching, bytes int64
	for _, a := range attempts(last, 0) {
		manifest, _, closed, err := o.ledger.Manifest(ctx, a)
		if err != nil {
			return nil, err
		}
		if !closed {
			continue
		}

		for _, part := range manifest.Parts {
			m.Documents += part.Documents
		}
		m.addLeft(manifest.Totals)
		if request.Subject == nil || manifest.SubjectMatches == 0 || m.Uncounted {
			continue
		}

		n, err := o.countMatching(ctx, a, manifest, open, limit, &bytes)
		if ctx.Err() != nil || dsr.ClassOf(err) != dsr.Unclear {
			return nil, err
		}
		m.Uncounted = err != nil // too long, removed after its retention, or damaged
		matching += n
	}

	if request.Subject != nil && !m.Uncounted {
		m.Matching = &matching
	}

	return m, nil
}

// countMatching counts the documents of an attempt that name the subject. It reads only the
// parts of which the receipts say that they have some, and adds their bytes to read. It reads
// none where they are too many.
func (o *Operator) countMatching(ctx context.Context, a dsr.Attempt, m dsr.Manifest, open openPart, limit int64, read *int64) (int64, error) {
	var parts []string
	for ref, err := range o.ledger.ManifestParts(ctx, a, m.Parts) {
		if err != nil {
			return 0, err
		}
		for _, part := range ref.Parts {
			if part.SubjectMatches == 0 {
				continue
			}
			if *read += part.Size; limit > 0 && *read > limit {
				return 0, errTooMuch
			}
			parts = append(parts, a.Prefix()+part.Name)
		}
	}

	var matching atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(matchReads)
	for _, name := range parts {
		g.Go(dsr.Guard(func() error {
			n, err := matchingIn(gctx, open, name)
			matching.Add(n)
			return err
		}))
	}

	err := g.Wait()
	return matching.Load(), err
}

// matchingIn counts the documents of a part that name the subject.
func matchingIn(ctx context.Context, open openPart, name string) (n int64, err error) {
	body, err := open(ctx, name)
	if err != nil {
		return 0, err
	}
	defer body.Close()

	for e, err := range archive.ReadPart(body) {
		if err != nil {
			return n, err
		}
		if e.HasDocument && e.SubjectMatches > 0 {
			n++
		}
	}
	return n, nil
}

// storedPart is an openPart of the container of the documents.
func (o *Operator) storedPart(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, err := o.exports.Backend().Open(ctx, name, 0)
	return body, err
}

// matchMemory keeps what was counted of closed attempts, which never changes, so that nobody
// who looks at a request again and again has it counted each time.
type matchMemory struct {
	mu sync.Mutex
	of map[dsr.Attempt]Matches
}

// maxRemembered bounds the attempts that are remembered.
const maxRemembered = 1000

// exported returns what a request has exported whose last attempt is closed, nil where it
// exports nothing.
func (o *Operator) exported(ctx context.Context, last dsr.Attempt) (*Matches, error) {
	o.counted.mu.Lock()
	known, ok := o.counted.of[last]
	o.counted.mu.Unlock()
	if ok {
		return &known, nil
	}

	m, err := o.matches(ctx, last, o.storedPart, matchBytes)
	if err != nil || m == nil {
		return m, err
	}

	o.counted.mu.Lock()
	defer o.counted.mu.Unlock()
	if o.counted.of == nil || len(o.counted.of) >= maxRemembered {
		o.counted.of = map[dsr.Attempt]Matches{}
	}
	o.counted.of[last] = *m

	return m, nil
}
