package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// digest hashes what is read through it. It keeps the source's own error, so that a
// failed read is not mistaken for a parse error.
type digest struct {
	r    io.Reader
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
	err error
}

func newDigest(r io.Reader) *digest { return &digest{r: r, hash: sha256.New()} }

// Read implements io.Reader.
func (d *digest) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	_, _ = d.hash.Write(p[:n]) // a hash never fails
	if err != nil && !errors.Is(err, io.EOF) {
		d.err = err
	}
	return n, err
}

// drain reads what the parser has not read.
func (d *digest) drain() error {
	if d.err == nil {
		_, _ = io.Copy(io.Discard, d) // a failure stays in d.err
	}
	return d.err
}

func (d *digest) sum() string { return hex.EncodeToString(d.hash.Sum(nil)) }
