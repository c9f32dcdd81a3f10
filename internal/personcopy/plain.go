package personcopy

const (
	// maxPlain is how many names are remembered, and longestPlain how long they are at most.
	maxPlain     = 5_000
	longestPlain = 64
)

// plain are names of members in which nobody is found, once everybody is learned. Most documents
// have the same ones, and each is searched once.
type plain map[string]bool

// remember notes a name in which nobody is found. Whoever is met only while a copy is made, by an
// address or a folder, is found in a name each time: so it does not matter when that was.
func (p plain) remember(name string) {
	if len(p) < maxPlain && len(name) <= longestPlain {
		p[name] = true
	}
}
