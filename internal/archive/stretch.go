package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Rename changes the name of a part of which nothing is stored yet. Otherwise it returns
// false and the part keeps its name.
func (p *PartWriter) Rename(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w.usable() != nil || len(p.w.blocks) > 0 {
		return false
	}
	p.w.name = name
	return true
}

// Hash returns the SHA-256, in hex, of the bytes that this writer committed. If the Info that
// Commit returned has another one, a concurrent delivery was first.
func (p *PartWriter) Hash() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hash()
}

func (p *PartWriter) hash() string { return hex.EncodeToString(p.w.sum.Sum(nil)) }

// CommitAndGoOn is Commit and then begins another part with the same buffer, so that it does
// not wait for one. The committed part can't be used any more, even after an error.
func (p *PartWriter) CommitAndGoOn(name string) (Info, *PartWriter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	meta, err := p.close()
	if err != nil {
		return Info{}, nil, err
	}
	info, err := p.w.commit(meta)
	if err != nil {
		return Info{}, nil, err
	}
	next, err := p.w.next(name)
	if err != nil {
		return Info{}, nil, err
	}

	return info, newPartWriter(next), nil
}

// AddStored appends the entries of a stored part, byte for byte.
func (p *PartWriter) AddStored(ctx context.Context, name string) (err error) {
	body, info, err := p.w.a.backend.Open(ctx, name, 0)
	if err != nil {
		return fmt.Errorf("reading a stretch: %w", err)
	}
	defer func() { err = errors.Join(err, body.Close()) }()

	documents, err := strconv.Atoi(info.Metadata[MetaDocuments])
	if err != nil {
		return errNoStretch
	}
	matches, err := strconv.Atoi(info.Metadata[MetaSubjectMatches])
	if err != nil {
		return errNoStretch
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.splice(body, info); err != nil {
		return err
	}

	p.documents += documents
	p.matches += matches
	return nil
}

var errNoStretch = fmt.Errorf("%w: a stretch of one has other bytes than were stored", ErrNoPart)

// splice copies the bytes between the brackets of a stored part.
func (p *PartWriter) splice(body io.Reader, info Info) error {
	sum := sha256.New()
	body = io.TeeReader(body, sum)
	inner := info.Size - int64(len("[]"))
	if err := expect(body, "["); err != nil {
		return err
	}

	if inner > 0 {
		if _, err := io.WriteString(p.w, p.before()); err != nil {
			return err
		}
		if _, err := io.CopyN(p.w, body, inner); err != nil {
			return p.spoiled(err)
		}
		p.filled, p.entries, p.unkept = true, nil, true
	}
	if err := expect(body, "]"); err != nil {
		return p.spoiled(err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != info.Metadata[MetaSHA256] {
		return p.spoiled(errNoStretch)
	}

	return nil
}

// spoiled closes a part that has half of a stretch. It returns the cause.
func (p *PartWriter) spoiled(err error) error {
	if p.w.usable() == nil {
		_ = p.w.fail(ErrPartSpoiled) // the cause is returned below
	}
	return fmt.Errorf("copying a stretch: %w", err)
}

// expect reads the bytes of want, or fails.
func expect(r io.Reader, want string) error {
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil {
		return fmt.Errorf("reading a stretch: %w", err)
	}
	if string(got) != want {
		return errNoStretch
	}
	return nil
}
