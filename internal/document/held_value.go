package document

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// maxHeldBack is how many bytes behind a value are held back until it is known whether it
// is a secret.
const maxHeldBack = 256 << 10

// heldValue is the value of a member "value" whose name may follow: {"value":…,"name":…}.
// What is copied behind it is held back until the name has come, or the object has ended.
type heldValue struct {
	depth   int // of its object
	kind    jsontext.Kind
	raw     []byte
	behind  []byte
	pointer string
	masked  int // how many values were masked before it
}

// mayBeNamed reports whether a value's name may follow that says that it is a secret.
func (c *copier) mayBeNamed(kind jsontext.Kind, raw []byte) bool {
	if !c.looks() || len(c.stack) == 0 {
		return false
	}
	f := c.top()
	scalar := (kind == '"' && len(raw) > len(`""`)) || kind == '0'
	return f.isValue && !f.toldName && scalar && string(raw) != `"`+Mask+`"`
}

// hold holds a value back.
func (c *copier) hold(kind jsontext.Kind, raw []byte) {
	c.holds = append(c.holds, heldValue{
		depth:   len(c.stack),
		kind:    kind,
		raw:     slices.Clone(raw),
		pointer: string(c.dec.StackPointer()),
		masked:  len(c.res.Masked),
	})
}

// holdBack keeps bytes behind the last held value. If there are too many, the value
// counts as a secret: no name has said that it is none.
func (c *copier) holdBack(b []byte) error {
	h := &c.holds[len(c.holds)-1]
	h.behind = append(h.behind, b...)
	if len(h.behind) > maxHeldBack {
		return c.letGo(true)
	}
	return nil
}

// letGoOf writes the values that the innermost object holds back.
func (c *copier) letGoOf(secret bool) error {
	for len(c.holds) > 0 && c.holds[len(c.holds)-1].depth == len(c.stack) {
		if err := c.letGo(secret); err != nil {
			return err
		}
	}
	return nil
}

// letGo writes the last value that is held back, and what is behind it.
func (c *copier) letGo(secret bool) error {
	h := c.holds[len(c.holds)-1]
	c.holds = c.holds[:len(c.holds)-1]

	if secret {
		h.raw = []byte(`"` + Mask + `"`)
		if c.isNew(h.pointer) {
			c.res.Masked = slices.Insert(c.res.Masked, h.masked, h.pointer)
		}
	} else if h.kind == '"' {
		if c.counted(h.raw) {
			c.mention(h.pointer)
		}
	}

	if err := c.write(h.raw); err != nil {
		return err
	}
	return c.write(h.behind)
}
