package ledger

import "sync"

// cached is how many records of a kind a process keeps, if nothing else is said.
const cached = 8

// cache keeps the records that were read last. Only what never changes once it
// is recorded may go in. Its zero value is empty; it is safe for concurrent use.
type cache[K comparable, V any] struct {
	limit int         // the most weight in all; 0 is cached
	weigh func(V) int // how much a record weighs; nil is 1 each

	mu     sync.Mutex
	order  []K
	values map[K]V
	weight int
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.values[k]
	return v, ok
}

func (c *cache[K, V]) put(k K, v V) { c.keep(k, v, false) }

// set is put for what may still be said better: it replaces what is kept.
func (c *cache[K, V]) set(k K, v V) { c.keep(k, v, true) }

func (c *cache[K, V]) keep(k K, v V, replace bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.values == nil {
		c.values = map[K]V{}
	}

	if _, ok := c.values[k]; ok {
		if replace {
			c.values[k] = v
		}
		return
	}

	limit := c.limit
	if limit == 0 {
		limit = cached
	}

	c.weight += c.weightOf(v)

	for len(c.order) > 0 && c.weight > limit {
		first := c.order[0]
		c.weight -= c.weightOf(c.values[first])
		delete(c.values, first)
		c.order = c.order[1:]
	}

	c.order, c.values[k] = append(c.order, k), v
}

func (c *cache[K, V]) weightOf(v V) int {
	if c.weigh == nil {
		return 1
	}
	return c.weigh(v)
}
