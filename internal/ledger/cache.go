package ledger

import "sync"

// defaultLimit is the limit of a cache that sets none.
const defaultLimit = 8

// cache keeps the records that were read last. Its records must never change once
// they are written, except through set. The zero value is empty. It is safe for
// concurrent use.
type cache[K comparable, V any] struct {
	limit int         // the total weight; 0 means defaultLimit
	weigh func(V) int // the weight of a record; nil means 1

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

// put adds a value. It leaves a value that is already there.
func (c *cache[K, V]) put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.values[k]; !found {
		c.add(k, v)
	}
}

// set adds a value or replaces it with one of the same weight.
func (c *cache[K, V]) set(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.values[k]; found {
		c.values[k] = v
		return
	}
	c.add(k, v)
}

// add adds a value and evicts the oldest ones to make room. The lock is held.
func (c *cache[K, V]) add(k K, v V) {
	limit := c.limit
	if limit == 0 {
		limit = defaultLimit
	}

	c.weight += c.weightOf(v)
	for len(c.order) > 0 && c.weight > limit {
		oldest := c.order[0]
		c.weight -= c.weightOf(c.values[oldest])
		delete(c.values, oldest)
		c.order = c.order[1:]
	}

	if c.values == nil {
		c.values = map[K]V{}
	}
	c.order, c.values[k] = append(c.order, k), v
}

func (c *cache[K, V]) weightOf(v V) int {
	if c.weigh == nil {
		return 1
	}
	return c.weigh(v)
}
