package dsr

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// HoldsPrefix is the root of the holds in the audit container.
const HoldsPrefix = "_holds/"

// Hold keeps something from being deleted. Its records are only ever added: the
// last one counts.
type Hold struct {
	SchemaVersion string    `json:"schemaVersion"`
	ID            string    `json:"id"`
	Number        int       `json:"n"` // of this record, from 1
	On            string    `json:"on"`
	Reason        string    `json:"reason"`
	Until         time.Time `json:"until,omitzero"` // zero: until it is released
	Released      bool      `json:"released"`
	At            time.Time `json:"at"`
}

// Holds gives the request's own holds, which only add to the others.
func (r Request) Holds() []Hold {
	var holds []Hold
	for _, on := range r.Hold {
		holds = append(holds, Hold{ID: "request", On: on, Reason: "the request says so"})
	}
	return holds
}

// Blob names the record.
func (h Hold) Blob() string { return fmt.Sprintf("%s%s/%04d.json", HoldsPrefix, h.ID, h.Number) }

// Holds tells whether the hold is in force.
func (h Hold) Holds(now time.Time) bool {
	return !h.Released && (h.Until.IsZero() || now.Before(h.Until))
}

// OnScope tells whether the hold is on an ARM id and so on all that is in it; one
// on any other id is on the documents that have it.
func (h Hold) OnScope() bool { return strings.HasPrefix(h.On, "/") }

// Keeps gives the first hold in force that keeps a container, or an item in it:
// one on the container itself, on what it is in, or on something in it. items
// tells whether the container holds a document of an id.
func Keeps(holds []Hold, now time.Time, target, item string, contains func(id string) (bool, error)) (Hold, bool, error) {
	for _, h := range holds {
		switch {
		case !h.Holds(now):
			continue
		case h.OnScope():
			if InScope(target, h.On) || InScope(h.On, target) && names(below(h.On, target), item) {
				return h, true, nil
			}
		case strings.EqualFold(item, h.On):
			return h, true, nil
		case item == "":
			kept, err := contains(h.On)
			if err != nil || kept {
				return h, kept, err
			}
		}
	}
	return Hold{}, false, nil
}

// names tells whether a path below a container is that of an item in it, or leads
// into it; any path is of the container as a whole, "".
func names(path, item string) bool {
	return item == "" || strings.Contains(strings.ToLower("/"+path+"/"), "/"+strings.ToLower(item)+"/")
}

// below gives what an ARM id in a scope has more than the scope.
func below(id, scope string) string {
	segments := strings.Split(strings.Trim(id, "/"), "/")
	return strings.Join(segments[strings.Count(strings.Trim(scope, "/"), "/")+1:], "/")
}

// InScope tells whether an ARM id is a scope or lies in it, by whole segments and
// ignoring case.
func InScope(id, scope string) bool {
	ids := strings.Split(strings.ToLower(strings.Trim(id, "/")), "/")
	of := strings.Split(strings.ToLower(strings.Trim(scope, "/")), "/")
	return len(ids) >= len(of) && slices.Equal(ids[:len(of)], of)
}
