package archive

import (
	"slices"
	"sync"
)

const (
	// maxWrittenEntries is how many entries of a part are kept so that the part need
	// not be read back. One with more is.
	maxWrittenEntries = 256
	// maxWrittenParts is how many parts they are kept of: twice what invocations write
	// at once.
	maxWrittenParts = 32
)

// writtenParts keeps the entries of the parts that were stored last. Only a part of which
// the store said that it has our bytes is kept, so that reading it back would tell
// the same: a part never changes.
type writtenParts struct {
	mu    sync.Mutex
	order []string
	parts map[string]WrittenPart
}

// WrittenPart is a part that was just stored, as ReadPart would tell of it.
type WrittenPart struct {
	Info    Info
	Entries []StoredEntry
}

// TakeWritten returns what was just stored under a name, once; false where it has to
// be read back.
func (a *Archive) TakeWritten(name string) (WrittenPart, bool) {
	w := &a.written
	w.mu.Lock()
	defer w.mu.Unlock()

	part, ok := w.parts[name]
	if ok {
		w.forget(name)
	}
	return part, ok
}

func (w *writtenParts) keep(part WrittenPart) {
	w.mu.Lock()
	defer w.mu.Unlock()

	if w.parts == nil {
		w.parts = map[string]WrittenPart{}
	}
	name := part.Info.Name
	if _, known := w.parts[name]; known {
		w.forget(name)
	}
	if len(w.order) == maxWrittenParts {
		w.forget(w.order[0])
	}
	w.order = append(w.order, name)
	w.parts[name] = part
}

func (w *writtenParts) forget(name string) {
	delete(w.parts, name)
	w.order = slices.DeleteFunc(w.order, func(n string) bool { return n == name })
}
