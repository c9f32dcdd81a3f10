package document

import "slices"

// Naming is what a string says of a person.
type Naming uint8

// What a string may say of a person; the greater one outweighs the other.
const (
	NotNamed Naming = iota
	// PossiblyNamed means that it has a name that others may have too.
	PossiblyNamed
	// Named means that it has a name that is only the person's.
	Named
)

// Finder finds a person's names.
type Finder interface {
	// Find reports what a valid JSON string, with its quotes, says of the person. It must
	// not keep raw.
	Find(raw []byte) Naming
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
