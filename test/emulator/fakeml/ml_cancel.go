package fakeml

// A cancel is the deletion of mlRunning, the fact that a job runs. So it takes its
// time, ends and is undone as deletions are.

// noJob refuses to cancel what isn't there. A job that has come to its end needs
// no cancel, and gets the answer of one.
func noJob(s *Server, c *call) *problem {
	if c.found && s.deletions.shows(newThing(mlRun, c.at)) {
		return nil
	}
	p := notFound(c.plane)
	return &p
}

// restarts lets a job run again after its first cancel, where the account says so.
func (s *Server) restarts(c *call, how *Deletion) {
	if s.account.ML.Restarts && !s.deletions.deletedBefore(newThing(mlRunning, c.at)) {
		first(&how.ReturnAfterReads, 1)
	}
}

// deletedBefore reports whether a thing has been deleted once, even if it is back.
func (d *deletions) deletedBefore(t thing) bool {
	d.lock()
	defer d.mu.Unlock()
	for _, x := range d.named {
		if x.of == t {
			return true
		}
	}
	return false
}
