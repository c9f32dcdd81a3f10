package queue

// ReceiveDeferred locks the deferred messages with the given sequence numbers,
// all of them or none: [ErrNotFound]. One that has outlived its time meanwhile
// is dead-lettered or dropped now, and not found.
func (q *Queue) ReceiveDeferred(seqs ...int64) ([]Delivery, error) {
	return q.receiveDeferred(seqs, func(it *item, now moment) Delivery {
		q.lock(it, now)
		return it.delivery(q.clock)
	})
}

// TakeDeferred likewise removes them.
func (q *Queue) TakeDeferred(seqs ...int64) ([]Delivery, error) {
	return q.receiveDeferred(seqs, func(it *item, _ moment) Delivery {
		d := it.delivery(q.clock)
		q.drop(it)
		return d
	})
}

func (q *Queue) receiveDeferred(seqs []int64, get func(*item, moment) Delivery) ([]Delivery, error) {
	now := q.enter()
	defer q.leave(now)
	found, err := q.find(seqs, func(it *item) bool { return it.state == Deferred && !q.outlived(it, now) })
	if err != nil {
		return nil, err
	}
	list := make([]Delivery, 0, len(found))
	for _, it := range found {
		list = append(list, get(it, now))
	}
	return list, nil
}

// outlived ends a deferred message whose time is over. Service Bus looks only
// when somebody asks for it (learn.microsoft.com, "Message deferral").
func (q *Queue) outlived(it *item, now moment) bool {
	end := it.expires()
	if end == 0 || end > now {
		return false
	}
	q.expired(it)
	return true
}
