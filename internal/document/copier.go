package document

import (
	"bytes"
	"io"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

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
