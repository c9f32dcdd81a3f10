package erase

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

const (
	// maxPages bounds a list that is walked before a container is deleted.
	maxPages = dsr.MaxPage
	// walkPrefix begins the token of an unfinished walk; any other is the upstream's.
	walkPrefix = "walk:"
	// maxWalkPause is how long a walk may rest between two hops: what is older
	// begins again, so that the lists are looked at right before the DELETE.
	maxWalkPause = 15 * time.Minute
	// maxCursor is how long a cursor may be that a token keeps.
	maxCursor = 64 << 10
)

// walk is a walk through the lists of a container, one after the other.
type walk struct {
	at    position
	read  int  // pages by this invocation
	ended bool // the list that it is in
	names *nameHashes
}

// position is where a walk stands. All names before it were known.
type position struct {
	List   int         `json:"list"` // index of listsIn
	Cursor string      `json:"cursor"`
	Page   int         `json:"page"` // read of the list
	Anchor *dsr.Anchor `json:"anchor"`
	At     time.Time   `json:"at"` // when it was left
}

func isWalk(token string) bool { return strings.HasPrefix(token, walkPrefix) }

// resumeWalk returns the walk that an earlier hop left, or a new one.
func (d *deletion) resumeWalk(lists int) *walk {
	fresh := &walk{names: newNameHashes()}
	text, ok := strings.CutPrefix(d.job.Token, walkPrefix)
	if !ok {
		return fresh
	}

	d.job.Token = "" // what looks once more begins again

	var at position
	err := json.Unmarshal([]byte(text), &at)
	if err != nil || at.List < 0 || at.List >= lists || d.opts.Now().Sub(at.At) > maxWalkPause {
		return fresh
	}

	return &walk{at: at, names: newNameHashes()}
}

// turn goes on to the next page of the list.
func (w *walk) turn(row, cursor string) error {
	w.read++
	w.at.Page++
	anchor, goesOn := w.at.Anchor.Next(w.at.Page, cursor)
	switch {
	case !goesOn:
		return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list leads back to an earlier page", row)
	case w.at.Page > maxPages:
		return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list does not end", row)
	case len(cursor) > maxCursor:
		return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: a cursor of %d bytes is too long", row, len(cursor))
	}

	w.at.Cursor, w.at.Anchor = cursor, anchor

	return nil
}

// next goes on to the next list.
func (w *walk) next() { w.at = position{List: w.at.List + 1} }

// interrupted returns the error that makes the next hop go on with the walk: after
// the pause that the upstream asked for, where a call was refused for now. An error
// that says nothing of later stays what it is.
func (w *walk) interrupted(cause error, now time.Time) error {
	switch dsr.ClassOf(cause) {
	case dsr.Throttled, dsr.Transient:
	default:
		if cause != nil {
			return cause
		}
	}

	if cause != nil && w.read == 0 {
		return cause // nothing is lost by trying as any other task does
	}

	w.at.At = now
	token, err := json.Marshal(w.at)
	if err != nil {
		return err
	}

	out := &dsr.Error{
		Class:    dsr.Unfinished,
		Reason:   dsr.ReasonTransient,
		Message:  "the lists of the container are longer than one invocation can walk",
		Progress: w.read,
		Token:    walkPrefix + string(token),
		Err:      cause,
	}

	if e, ok := errors.AsType[*dsr.Error](cause); ok {
		out.RetryAfter = e.RetryAfter
	}

	return out
}
