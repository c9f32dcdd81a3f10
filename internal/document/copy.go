package document

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Options says what Copy looks for on the way.
type Options struct {
	// Secrets are the fields to mask.
	Secrets []Secret
	// Everywhere masks besides what its name or its form shows to be a secret, wherever
	// it stands: see isSecretName and secretsIn.
	Everywhere bool
	// IsSubject reports whether a decoded string names the person; nil for none.
	IsSubject func(string) bool
	// ShortestMatch is how many bytes a string has at least for which IsSubject may be
	// true; shorter ones are not asked about. Default 0.
	ShortestMatch int
	// MaxToken is the longest single string in bytes; 0 for DefaultMaxToken.
	MaxToken int
}

// Result says what Copy did.
type Result struct {
	// Bytes were written to the destination, also when Copy failed.
	Bytes int64
	// Masked are the JSON Pointers that were masked, each once, in their order.
	Masked []string
	// Matches counts the strings of the document, names included and what was
	// masked left out, for which IsSubject is true.
	Matches int
}

// Copy copies the one JSON value that src holds to dst, every byte of it but the
// secrets, without a byte order mark and outer white space. It holds one string
// at a time. It fails with ErrMalformed, ErrTooLong, or the source's or
// destination's own error, wrapped; no error quotes the document. A short
// document that fails has written nothing.
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

// CopyHeld is Copy for a document that is in memory already, and gives the copy;
// none when it fails. It needs no buffers between, which cost more than the
// copying where documents are many and small. However much white space stands
// in the document, it is never ErrTooLong.
func CopyHeld(doc []byte, opts Options) ([]byte, Result, error) {
	var out bytes.Buffer
	out.Grow(len(doc))
	res, err := copyTo(&out, newHeldDecoder(doc, opts.MaxToken), opts)
	if err != nil {
		return nil, res, err
	}
	res.Bytes = int64(out.Len())
	return out.Bytes(), res, nil
}

// copyTo copies the decoder's one value.
func copyTo(out io.Writer, dec *Decoder, opts Options) (Result, error) {
	patterns, err := compile(opts.Secrets)
	if err != nil {
		return Result{}, err
	}
	c := &copier{
		dec:       dec,
		out:       out,
		patterns:  patterns,
		anywhere:  opts.Everywhere,
		isSubject: opts.IsSubject,
		shortest:  opts.ShortestMatch,
		seen:      map[string]bool{},
	}
	err = c.run()
	return c.res, err
}

// written returns an error of the destination.
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

type copier struct {
	dec       *Decoder
	out       io.Writer
	patterns  []*pattern
	anywhere  bool
	isSubject func(string) bool
	shortest  int // bytes of a string that isSubject is asked about
	stack     []frame
	held      int  // length of all names that lead to where we are
	muted     bool // within a secret
	res       Result
	seen      map[string]bool
}

func (c *copier) run() error {
	for {
		if err := c.step(); err != nil {
			return err
		}
		if len(c.stack) == 0 {
			break
		}
	}
	return c.dec.End()
}

// step copies one token with what stands before it.
func (c *copier) step() error {
	sep, kind, err := c.dec.separator()
	if err != nil {
		return err
	}

	if len(c.stack) > 0 {
		if err := c.write(sep); err != nil {
			return err
		}
	}

	switch {
	case kind == '}' || kind == ']':
		return c.closeContainer(kind)
	case len(c.stack) > 0 && c.top().isName:
		return c.name(kind)
	default:
		return c.value(kind)
	}
}

func (c *copier) top() *frame { return &c.stack[len(c.stack)-1] }

func (c *copier) write(b []byte) error {
	if c.muted {
		return nil
	}
	_, err := c.out.Write(b)
	return written(err)
}

func (c *copier) name(kind jsontext.Kind) error {
	raw, err := c.dec.token(kind)
	if err != nil {
		return err
	}

	f := c.top()
	f.isName = false
	c.held += len(raw) - f.held
	f.held = len(raw)
	if c.held > c.dec.maxToken+2 { // the decoder keeps the names of all open members
		return c.dec.Fail(ErrTooLong)
	}

	c.match(raw)

	if len(f.active) > 0 {
		f.name = unquote(raw)
	}
	if c.anywhere && !f.left {
		f.naming(raw)
	}

	return c.write(raw)
}

func (c *copier) value(kind jsontext.Kind) error {
	active, h := c.enter()
	raw, err := c.dec.token(kind)
	if err != nil {
		return err
	}

	container := kind == '{' || kind == '['
	if h == maskLink && container {
		h = maskWhole // a signed link should be a string; whatever this is, it may hold one
	}

	if container {
		return c.openContainer(kind, raw, active, h)
	}

	if h < maskWhole && c.named(kind, raw) {
		h = maskWhole
	}

	switch {
	case h == maskWhole:
		raw = []byte(`"` + Mask + `"`)
		c.note()
	case h == maskLink && kind == '"':
		masked := maskUserInfo(maskSignature(raw))
		if !bytes.Equal(masked, raw) {
			c.note()
		}
		raw = masked
	}

	if kind == '"' && h < maskWhole && c.looks() {
		masked := maskText(raw)
		if !bytes.Equal(masked, raw) {
			c.note()
		}
		raw = masked
	}

	if kind == '"' && h != maskWhole {
		c.match(raw)
	}

	return c.write(raw)
}

// named reports whether the name of a member says that its value, a string or a
// number, is a secret.
func (c *copier) named(kind jsontext.Kind, raw []byte) bool {
	if len(c.stack) == 0 || c.muted {
		return false
	}
	f := c.top()
	if kind == '"' && f.namesPair {
		f.pair = secretName([]byte(unquote(raw)))
	}
	scalar := (kind == '"' && len(raw) > len(`""`)) || kind == '0'
	return scalar && f.secret && !f.left && string(raw) != `"`+Mask+`"`
}

// looks reports whether the value at hand is looked at for secrets.
func (c *copier) looks() bool {
	return c.anywhere && !c.muted && (len(c.stack) == 0 || !c.top().left)
}

// enter moves to the value that comes next and says what is to be done with it.
func (c *copier) enter() ([]*pattern, hit) {
	if len(c.stack) == 0 {
		return atRoot(c.patterns)
	}
	f := c.top()
	active, h := f.child(len(c.stack))
	f.index++
	f.isName = f.object
	return active, h
}

func (c *copier) openContainer(kind jsontext.Kind, raw []byte, active []*pattern, h hit) error {
	f := frame{object: kind == '{', isName: kind == '{', active: active}
	if h == maskWhole && !c.muted {
		if err := c.write([]byte(`"` + Mask + `"`)); err != nil {
			return err
		}
		f.muted, c.muted = true, true
	}
	if c.muted {
		f.active = nil
	}
	f.left = h == leave || (len(c.stack) > 0 && c.top().left)
	c.stack = append(c.stack, f)
	return c.write(raw)
}

func (c *copier) closeContainer(kind jsontext.Kind) error {
	raw, err := c.dec.token(kind)
	if err != nil {
		return err
	}

	err = c.write(raw)
	f := c.top()
	c.held -= f.held

	if f.muted {
		c.muted = false
		c.note()
	}

	c.stack = c.stack[:len(c.stack)-1]

	return err
}

// note records the value that was just read as masked.
func (c *copier) note() {
	p := string(c.dec.StackPointer())
	if !c.seen[p] {
		c.seen[p] = true
		c.res.Masked = append(c.res.Masked, p)
	}
}

func (c *copier) match(raw []byte) {
	if c.isSubject == nil || c.muted || len(raw) < c.shortest+len(`""`) {
		return
	}
	if c.isSubject(unquote(raw)) {
		c.res.Matches++
	}
}

// unquote decodes a valid JSON string.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	s, _ := jsontext.AppendUnquote(nil, raw) // invalid UTF-8 is replaced, which matches nothing anyway
	return string(s)
}
