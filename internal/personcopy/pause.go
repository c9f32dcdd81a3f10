package personcopy

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// switched passes on what is written to it, to one place after another.
type switched struct{ to io.Writer }

// Write implements io.Writer.
func (s *switched) Write(p []byte) (int, error) {
	return s.to.Write(p) //nolint:wrapcheck // it only passes on
}

// Pause ends the last file, and passes on all that was added so far, but for the trailer of that
// file. A bag that was not paused can't be resumed.
//
// A zip writer ends a file only when the next one begins. So Pause begins one, and does not pass
// on what belongs to it.
func (b *Bag) Pause() error {
	if err := b.zip.Flush(); err != nil {
		return fmt.Errorf("writing the zip: %w", err)
	}

	out, end := b.out.to, &bytes.Buffer{}
	b.out.to = end
	const next = "-"
	_, err := b.zip.CreateRaw(&zip.FileHeader{Name: next})
	if err == nil {
		err = b.zip.Flush()
	}
	if err != nil {
		return fmt.Errorf("ending a file: %w", err)
	}
	if _, err := out.Write(end.Bytes()[:end.Len()-b.trailer()-localHeader-len(next)]); err != nil {
		return fmt.Errorf("writing the zip: %w", err)
	}

	return b.resume(out)
}

// Sizes in the format of zip files, in bytes.
const (
	localHeader   = 30 // without the name
	descriptor    = 16 // what follows the bytes of a file whose sizes were unknown before
	descriptor64  = 24 // the same for a file of 4 GiB and more
	longestFile32 = math.MaxUint32
)

// trailer returns the length of what follows the bytes of the last file.
func (b *Bag) trailer() int {
	if len(b.files.Headers) == 0 {
		return 0
	}
	last := b.files.Headers[len(b.files.Headers)-1]
	if max(last.CompressedSize64, last.UncompressedSize64) >= longestFile32 {
		return descriptor64
	}
	return descriptor
}

// resumeBag goes on with a bag of which w has all that another one passed on before its pause.
func resumeBag(w io.Writer, folder string, files bagFiles) (*Bag, error) {
	b := NewBag(w, folder)
	b.files = files
	for _, line := range slices.Concat(files.Payload, files.Tags) {
		b.taken[strings.ToLower(line.Name)] = true
	}
	return b, b.resume(w)
}

// resume has a new zip writer go on after the files that the bag has. It gets the files' headers
// again, and zeros for their bytes, so that it knows where each file begins. These go nowhere.
func (b *Bag) resume(out io.Writer) error {
	b.out.to = io.Discard
	b.zip = zip.NewWriter(b.out)
	for _, header := range b.files.Headers {
		w, err := b.zip.CreateRaw(header)
		if err != nil {
			return fmt.Errorf("resuming the zip: %w", err)
		}
		if _, err := io.CopyN(w, zeros{}, int64(header.CompressedSize64)); err != nil {
			return fmt.Errorf("resuming the zip: %w", err)
		}
	}

	err := b.zip.Flush()
	b.out.to = out
	return err //nolint:wrapcheck // nothing fails to be discarded
}

// zeros reads as zeros without an end.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
