package queue

import "time"

// history remembers message ids for a while.
type history struct {
	seqs map[string]int64
	ages []remembered // oldest first
}

type remembered struct {
	id    string
	since time.Time
}

// forget drops what is older than the window.
func (h *history) forget(now time.Time, window time.Duration) {
	n := 0
	for n < len(h.ages) && now.Sub(h.ages[n].since) >= window {
		delete(h.seqs, h.ages[n].id)
		n++
	}
	h.ages = h.ages[n:]
}

func (h *history) add(id string, seq int64, now time.Time) {
	if h.seqs == nil {
		h.seqs = map[string]int64{}
	}
	h.seqs[id] = seq
	h.ages = append(h.ages, remembered{id, now})
}
