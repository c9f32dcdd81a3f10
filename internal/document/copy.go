package document

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// Options configures Copy. The zero value masks nothing and counts no matches.
type Options struct {
	// Secrets are the fields to mask.
	Secrets []Secret
	// Everywhere masks besides what its name or its form shows to be a secret, wherever
	// it stands: see isSecretName and secretsIn.
	Everywhere bool
	// Subject finds the subject's names in strings; nil means that no string has one.
	Subject Finder
	// MaxToken is the longest allowed string or number in bytes; 0 means DefaultMaxToken.
	MaxToken int
}

// Result is the outcome of Copy.
type Result struct {
	// Bytes is how many bytes were written to the destination, even if Copy failed.
	Bytes int64
	// Masked are the JSON Pointers of the masked values, each once, in document order.
	Masked []string
	// Mentions are JSON Pointers of the strings that Matches and Possible count, and of the
	// members whose names do: the first MaxMentions that are not too long, each once.
	Mentions []string
	// Matches is the number of strings that name the subject, and Possible that of those
	// which only may. Member names count, and masked values do not.
	Matches, Possible int
}

// Copy copies the single JSON value in src to dst. It keeps every byte except the secrets, a
// byte order mark and the white space around the value. It holds one string in memory at a
// time.
//
// Copy fails with ErrMalformed, with ErrTooLong, or with the wrapped error of the source or
// the destination. No error quotes the document. Nothing is written if Copy fails within the
// first 32 KiB.
func Copy(dst io.Writer, src io.Reader, opts Options) (Result, error) {
	counter := &countingWriter{w: dst}
	out := bufio.NewWriterSize(counter, 32<<10)
	res, err := copyTo(out, NewDecoder(src, opts.MaxToken), opts)
	if err == nil {
		err = written(out.Flush())
	}
	res.Bytes = counter.n
	return res, err
}

// CopyHeld is Copy for a document that is already in memory. It returns the copy, or nil if it
// fails. A copy in which nothing is masked is a part of doc itself. It needs no intermediate
// buffers; for many small documents these cost more than the copying. Unlike Copy it accepts any amount of white space between two tokens.
func CopyHeld(doc []byte, opts Options) ([]byte, Result, error) {
	out := &unchanged{doc: bytes.TrimLeft(bytes.TrimPrefix(doc, []byte(mark)), " \t\r\n")}
	dec := takeHeldDecoder(doc, opts.MaxToken)
	defer dec.giveBack()
	res, err := copyTo(out, dec, opts)
	if err != nil {
		return nil, res, err
	}
	res.Bytes = int64(len(out.bytes()))
	return out.bytes(), res, nil
}

// unchanged is what is written of a document that is in memory. It copies nothing as long as
// what is written is what the document has.
type unchanged struct {
	doc  []byte
	same int          // how many bytes of doc were written
	copy bytes.Buffer // what was written, once it differs
}

// Write implements io.Writer.
func (u *unchanged) Write(p []byte) (int, error) {
	if u.copy.Len() == 0 {
		if bytes.HasPrefix(u.doc[u.same:], p) {
			u.same += len(p)
			return len(p), nil
		}
		u.copy.Grow(len(u.doc))
		u.copy.Write(u.doc[:u.same])
	}
	return u.copy.Write(p)
}

func (u *unchanged) bytes() []byte {
	if u.copy.Len() > 0 {
		return u.copy.Bytes()
	}
	return u.doc[:u.same:u.same]
}

// copyTo copies the single value of a decoder.
func copyTo(out io.Writer, dec *Decoder, opts Options) (Result, error) {
	c := copiers.Get().(*copier)
	defer c.giveBack()
	c.dec, c.out, c.anywhere, c.subject = dec, out, opts.Everywhere, opts.Subject

	var err error
	if c.below, c.act, err = atRoot(c.below, opts.Secrets); err != nil {
		return Result{}, err
	}
	err = c.run()
	return c.res, err
}

// written wraps an error of the destination.
func written(err error) error {
	if err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	return nil
}

type countingWriter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
