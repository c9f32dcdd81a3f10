package verify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// SumsFile is the file of hashes that a download adds to a request's blobs, as its last file.
const SumsFile = "SHA256SUMS"

// incomplete is what a folder without SumsFile is.
const incomplete = "incomplete download; run it again"

// sumsLine is a line of SHA256SUMS.
var sumsLine = regexp.MustCompile(`^([0-9a-f]{64})  (?:\./)?([^\\\r]+)\n$`)

// Longest line of SHA256SUMS that is read.
const maxSumsLine = 8 << 10

// CheckSums checks each file of a downloaded request against SHA256SUMS. It returns false if
// that file is not there: then the download is not complete.
func CheckSums(ctx context.Context, e Evidence, id string) (faults []Fault, complete bool, err error) {
	s := &sums{
		evidence: e,
		prefix:   id + "/",
		listed:   newNameSet(),
	}
	complete, err = s.check(ctx)
	return s.faults, complete, err
}

// sums is one check of a request's files against SHA256SUMS.
type sums struct {
	evidence Evidence
	prefix   string
	listed   *nameSet
	faults   []Fault
	broken   bool // a line is none
}

// check checks line after line, and then that no other file is there.
func (s *sums) check(ctx context.Context) (complete bool, err error) {
	body, err := s.evidence.Open(ctx, s.prefix+SumsFile)
	switch {
	case errors.Is(err, ErrNotFound):
		s.fault(FaultMissing, SumsFile, incomplete)
		return false, nil
	case errors.Is(err, ErrIrregular):
		s.fault(FaultMalformed, SumsFile, "it is no regular file")
		return true, nil
	case err != nil:
		return false, fmt.Errorf("reading %s: %w", SumsFile, err)
	}
	defer body.Close()

	if err := s.lines(ctx, bufio.NewReaderSize(body, maxSumsLine)); err != nil {
		return false, err
	}

	return true, s.unlisted(ctx)
}

// lines checks the file of each line. After a line that is none it goes on with the next.
func (s *sums) lines(ctx context.Context, r *bufio.Reader) error {
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("reading %s: %w", SumsFile, err)
		}

		m := sumsLine.FindSubmatch(line)
		if m == nil {
			s.noLine(n)
			continue
		}
		if err := s.file(ctx, string(m[2]), string(m[1])); err != nil {
			return err
		}
	}
}

// noLine notes, once, that a line is none.
func (s *sums) noLine(n int) {
	if !s.broken {
		s.fault(FaultMalformed, SumsFile, fmt.Sprintf("line %d is not a hash and a name", n))
	}
	s.broken = true
}

// file checks one file that a line lists.
func (s *sums) file(ctx context.Context, name, sum string) error {
	s.listed.add(name)
	body, err := s.evidence.Open(ctx, s.prefix+name)
	switch {
	case errors.Is(err, ErrNotFound):
		s.fault(FaultMissing, name, SumsFile+" lists it, and it is not there")
		return nil
	case errors.Is(err, ErrIrregular):
		s.fault(FaultMalformed, name, "it is no regular file")
		return nil
	case err != nil:
		return fmt.Errorf("reading %s: %w", s.prefix+name, err)
	}
	defer body.Close()

	d := newDigest(body)
	if err := d.drain(); err != nil {
		return fmt.Errorf("reading %s: %w", s.prefix+name, err)
	}
	if d.sum() != sum {
		s.fault(FaultChanged, name, "its SHA-256 is not the one in "+SumsFile)
	}

	return nil
}

// unlisted notes a fault for each file that no line lists.
func (s *sums) unlisted(ctx context.Context) error {
	for name, err := range s.evidence.List(ctx, s.prefix) {
		if err != nil {
			return fmt.Errorf("listing the request: %w", err)
		}
		if name = strings.TrimPrefix(name, s.prefix); !s.listed.has(name) {
			s.fault(FaultForeign, name, SumsFile+" does not list it")
		}
	}
	return nil
}

func (s *sums) fault(kind FaultKind, file, detail string) {
	s.faults = append(s.faults, Fault{Kind: kind, Name: s.prefix + file, Detail: detail})
}
