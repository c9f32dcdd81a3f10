package queue

import "time"

// ids remembers message ids for a while, for detection of duplicates.
type ids struct {
	seqs map[string]int64
	ages []remembered // oldest first
}

type remembered struct {
	id    string
	since moment
}

// forget drops what is older than the window.
func (r *ids) forget(now moment, window time.Duration) {
	n := 0
	for n < len(r.ages) && now-r.ages[n].since >= moment(window) {
		delete(r.seqs, r.ages[n].id)
		n++
	}
	r.ages = r.ages[n:]
}

func (r *ids) add(id string, seq int64, now moment) {
	if r.seqs == nil {
		r.seqs = map[string]int64{}
	}
	r.seqs[id] = seq
	r.ages = append(r.ages, remembered{id, now})
}
