package erase

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

const (
	// maxPages is how many pages a list may have that is walked before a DELETE.
	maxPages = dsr.MaxPage
	// walkPrefix begins the token of an unfinished walk; any other is the upstream's.
	walkPrefix = "walk:"
	// maxWalkPause is how long a walk may rest between two deliveries. One that rested
	// longer begins again, so that the lists are read shortly before the DELETE.
	maxWalkPause = 15 * time.Minute
	// maxCursor is how long a cursor may be that a token keeps.
	maxCursor = 64 << 10
)

// walk is a walk through the lists of a container, one after another.
type walk struct {
	at    position
	read  int         // how many pages this invocation has read
	ended bool        // whether the list that it is in was read to its end
	names *nameHashes // read, and not yet compared with the plan's
}

// position is where a walk stands. No name before it is new.
type position struct {
	List   int         `json:"list"` // index of listsIn
	Cursor string      `json:"cursor"`
	Page   int         `json:"page"` // how many were read of the list
	Anchor *dsr.Anchor `json:"anchor"`
	At     time.Time   `json:"at"` // when the walk came to rest
}

func isWalk(token string) bool { return strings.HasPrefix(token, walkPrefix) }

// resumeWalk returns the walk that an earlier delivery left, or a new one.
func (d *deletion) resumeWalk(lists int) *walk {
	fresh := &walk{names: newNameHashes()}
	text, ok := strings.CutPrefix(d.job.Token, walkPrefix)
	if !ok {
		return fresh
	}

	d.job.Token = "" // a second look begins at the start

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

// interrupted returns the error that makes the next delivery go on with the walk. After
// a call that was refused for now, it goes on after the pause that the upstream asked
// for. A cause that trying later does not cure is returned as it is.
func (w *walk) interrupted(cause error, now time.Time) error {
	class := dsr.ClassOf(cause)
	forNow := class == dsr.Throttled || class == dsr.Transient
	if cause != nil && (!forNow || w.read == 0) {
		return cause // without a page read there is nothing to keep
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
