package document

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
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

// copier copies one document token by token.
type copier struct {
	dec      *Decoder
	out      io.Writer
	anywhere bool
	subject  Finder
	stack    []frame
	act      action  // for the document itself
	below    []below // the secrets within the open containers, outermost first
	held     int     // total length of the member names that lead to the current value
	muted    bool    // whether the current value is within a masked one
	holds    []heldValue
	res      Result
	seen     map[string]bool // nil until something is masked
	digits   [20]byte
}

// copiers are those that are not in use. Their stacks have room for the next document.
var copiers = sync.Pool{New: func() any { return new(copier) }}

// giveBack lets another document use the copier, which forgets this one.
func (c *copier) giveBack() {
	const deep = 64 // deeper stacks are rare, and not kept
	if cap(c.stack) <= deep && cap(c.below) <= deep {
		*c = copier{stack: c.stack[:0], below: c.below[:0]}
		copiers.Put(c)
	}
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

// step copies one token and the separators before it.
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
	if len(c.holds) > 0 {
		return c.holdBack(b)
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
	if f.to > f.from {
		c.choose(f, textOf(raw))
	}
	if c.anywhere && !f.left {
		f.naming(raw)
	}

	return c.write(raw)
}

func (c *copier) value(kind jsontext.Kind) error {
	act := c.enter()
	raw, err := c.dec.token(kind)
	if err != nil {
		return err
	}

	if kind == '{' || kind == '[' {
		if act == maskLink {
			act = maskWhole // a link should be a string; a container may hide one
		}
		return c.openContainer(kind, raw, act)
	}

	secret, err := c.named(kind, raw)
	if err != nil {
		return err
	}
	if act < maskWhole && secret {
		act = maskWhole
	}

	switch {
	case act == maskWhole:
		raw = []byte(`"` + Mask + `"`)
		c.note()
	case act == maskLink && kind == '"':
		masked := maskUserInfo(maskSignature(raw))
		if !bytes.Equal(masked, raw) {
			c.note()
		}
		raw = masked
	}

	if kind == '"' && act < maskWhole && c.looks() {
		masked := maskText(raw)
		if !bytes.Equal(masked, raw) {
			c.note()
		}
		raw = masked
	}

	if act < maskWhole && c.mayBeNamed(kind, raw) {
		c.hold(kind, raw)
		return nil
	}
	if kind == '"' && act != maskWhole {
		c.match(raw)
	}

	return c.write(raw)
}

// named reports whether the name of a member says that its value, a string or a
// number, is a secret. Where the value is the name of another, that is let go.
func (c *copier) named(kind jsontext.Kind, raw []byte) (secret bool, err error) {
	if len(c.stack) == 0 || c.muted {
		return false, nil
	}
	f := c.top()
	if kind == '"' && f.namesPair {
		f.pair, f.toldName = secretName(textOf(raw)), true
		err = c.letGoOf(f.pair)
	}
	scalar := (kind == '"' && len(raw) > len(`""`)) || kind == '0'
	return scalar && f.secret && !f.left && string(raw) != `"`+Mask+`"`, err
}

// looks reports whether the value at hand is looked at for secrets.
func (c *copier) looks() bool {
	return c.anywhere && !c.muted && (len(c.stack) == 0 || !c.top().left)
}

// choose sets the action for the member or element of a key, and puts the secrets within
// it behind those of its container.
func (c *copier) choose(f *frame, key []byte) {
	c.below, f.act = inside(c.below[:f.to], c.below[f.from:f.to], key)
}

// enter moves to the next value, and returns the action for it.
func (c *copier) enter() action {
	if len(c.stack) == 0 {
		return c.act
	}
	f := c.top()
	if !f.object && f.to > f.from {
		c.choose(f, strconv.AppendInt(c.digits[:0], int64(f.index), 10))
	}
	f.index++
	f.isName = f.object
	return f.act
}

func (c *copier) openContainer(kind jsontext.Kind, raw []byte, act action) error {
	f := frame{object: kind == '{', isName: kind == '{', to: len(c.below)}
	if len(c.stack) > 0 {
		f.from = c.top().to
	}
	if act == maskWhole && !c.muted {
		if err := c.write([]byte(`"` + Mask + `"`)); err != nil {
			return err
		}
		f.muted, c.muted = true, true
	}
	if c.muted {
		f.from = f.to
	}
	f.left = act == leave || (len(c.stack) > 0 && c.top().left)
	c.stack = append(c.stack, f)
	return c.write(raw)
}

func (c *copier) closeContainer(kind jsontext.Kind) error {
	raw, err := c.dec.token(kind)
	if err != nil {
		return err
	}

	if err := c.letGoOf(false); err != nil {
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

// note records that the last read value is masked.
func (c *copier) note() {
	p := string(c.dec.StackPointer())
	if c.isNew(p) {
		c.res.Masked = append(c.res.Masked, p)
	}
}

// isNew reports whether a pointer to a masked value is met for the first time. A document
// may have a member twice.
func (c *copier) isNew(pointer string) bool {
	if c.seen[pointer] {
		return false
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[pointer] = true
	return true
}

const (
	// MaxMentions bounds Result.Mentions.
	MaxMentions = 20
	// maxMention is how long a pointer in it is at most, in bytes.
	maxMention = 500
)

// match counts the last read string if it names the subject.
func (c *copier) match(raw []byte) {
	if c.counted(raw) && len(c.res.Mentions) < MaxMentions {
		c.mention(string(c.dec.StackPointer()))
	}
}

// counted counts a string, and reports whether it names the subject or may do so.
func (c *copier) counted(raw []byte) bool {
	if c.subject == nil || c.muted {
		return false
	}
	found := c.subject.Find(raw)
	switch found {
	case Named:
		c.res.Matches++
	case PossiblyNamed:
		c.res.Possible++
	}
	return found != NotNamed
}

// mention notes where the subject is named.
func (c *copier) mention(pointer string) {
	if len(c.res.Mentions) < MaxMentions && len(pointer) <= maxMention && !slices.Contains(c.res.Mentions, pointer) {
		c.res.Mentions = append(c.res.Mentions, pointer)
	}
}

// textOf returns what a valid JSON string spells: a part of raw where nothing is escaped.
// Invalid UTF-8 hides nothing, replaced or not.
func textOf(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	return []byte(unquote(raw))
}

// unquote decodes a valid JSON string.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	s, _ := jsontext.AppendUnquote(nil, raw) // invalid UTF-8 is replaced, which matches nothing anyway
	return string(s)
}
