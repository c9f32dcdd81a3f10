package callback

import (
	"maps"
	"sync"

	"azureml-dsr/internal/dsr"
)

// maxKnown bounds the requests whose events are remembered.
const maxKnown = 1024

// events are the first events of a request, which never change.
type events struct {
	n    int
	keys map[dsr.EventKey]bool
}

// with returns the events and the next one.
func (e events) with(next dsr.Event) events {
	keys := maps.Clone(e.keys)
	if keys == nil {
		keys = map[dsr.EventKey]bool{}
	}
	keys[next.Key()] = true
	return events{n: e.n + 1, keys: keys}
}

// known remembers the events of requests. Whoever remembers fewer than there are only reads
// more. The zero value remembers none.
type known struct {
	mu sync.Mutex
	of map[string]events
}

func (k *known) get(id string) events {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.of[id]
}

func (k *known) put(id string, e events) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || len(k.of) >= maxKnown {
		k.of = map[string]events{}
	}
	k.of[id] = e
}
