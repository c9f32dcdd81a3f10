package document

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
