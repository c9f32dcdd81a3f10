package archive

import (
	"slices"
	"sync"
)

const (
	// maxWrittenEntries is the most entries of a part that is kept. A part with more must be
	// read back.
	maxWrittenEntries = 256
	// maxWrittenParts is how many parts are kept: twice as many as invocations write at the
	// same time.
	maxWrittenParts = 32
)

// writtenParts keeps the entries of the parts that were stored last. It keeps a part only if
// the store confirmed that it has the written bytes. Because a part never changes, reading
// it back would yield the same entries.
type writtenParts struct {
	mu    sync.Mutex
	order []string
	parts map[string]WrittenPart
}

// WrittenPart is a part that was just stored.
type WrittenPart struct {
	Info    Info
	Entries []StoredEntry // the same as ReadPart would yield
}

// TakeWritten returns a part that this process just stored, once. It returns false if the
// part must be read back.
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
