package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// digest reads a source once, and counts and hashes what it reads. It keeps the source's own
// error apart from errors of the parser that reads from it.
type digest struct {
	r    io.Reader
	hash hash.Hash
	size int64
	err  error
}

func newDigest(r io.Reader) *digest { return &digest{r: r, hash: sha256.New()} }

// Read implements io.Reader.
func (d *digest) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	_, _ = d.hash.Write(p[:n]) // a hash never fails
	d.size += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		d.err = err
	}
	return n, err
}

// drain reads what the parser has not read, and returns the source's error.
func (d *digest) drain() error {
	if d.err == nil {
		_, _ = io.Copy(io.Discard, d) // a failure stays in d.err
	}
	return d.err
}

func (d *digest) sum() string { return hex.EncodeToString(d.hash.Sum(nil)) }

func sha256Hex(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
