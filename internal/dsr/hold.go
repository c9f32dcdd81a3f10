package dsr

import (
	"fmt"
	"maps"
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

// Holds returns the request's own holds, which only add to the others.
func (r Request) Holds() []Hold {
	var holds []Hold
	for _, on := range r.Hold {
		holds = append(holds, Hold{ID: "request", On: on, Reason: "the request says so"})
	}
	return holds
}

// Blob names the record.
func (h Hold) Blob() string { return fmt.Sprintf("%s%s/%04d.json", HoldsPrefix, h.ID, h.Number) }

// Holds reports whether the hold is in force.
func (h Hold) Holds(now time.Time) bool {
	return !h.Released && (h.Until.IsZero() || now.Before(h.Until))
}

// HoldsAt returns those of some holds that are in force.
func HoldsAt(holds []Hold, now time.Time) []Hold {
	var out []Hold
	for _, h := range holds {
		if h.Holds(now) {
			out = append(out, h)
		}
	}
	return out
}

// OnScope reports whether the hold is on an ARM id and so on all that is in it; one
// on any other id is on the documents that have it.
func (h Hold) OnScope() bool { return strings.HasPrefix(h.On, "/") }

// Contains returns which of some ids a document in a target has, with the places
// where.
type Contains func(target string, ids []string) (map[string][]string, error)

// Keeps returns a hold in force that keeps a container, or an item in it: one on
// the container itself, on what it is in, or on something in it. Whether the
// container holds the documents that holds name is asked last, and once for all.
func Keeps(holds []Hold, now time.Time, target, item string, contains Contains) (Hold, bool, error) {
	inside := map[string]Hold{}
	for _, h := range holds {
		switch {
		case !h.Holds(now):
			continue
		case h.OnScope():
			if InScope(target, h.On) || (InScope(h.On, target) && names(below(h.On, target), item)) {
				return h, true, nil
			}

		case strings.EqualFold(item, h.On) || (item != "" && strings.HasPrefix(strings.ToLower(h.On), strings.ToLower(item)+"/")):
			return h, true, nil
		case item == "":
			inside[h.On] = h
		}
	}

	if len(inside) == 0 {
		return Hold{}, false, nil
	}

	places, err := contains(target, slices.Sorted(maps.Keys(inside)))
	if err != nil || len(places) == 0 {
		return Hold{}, false, err
	}

	return inside[slices.Min(slices.Collect(maps.Keys(places)))], true, nil
}

// KeepsItem is Keeps for an item, also as what it is elsewhere: in the machine
// learning workspace that its target is in and, where it is a target itself, of a
// level, as that. item is "" for the target as a whole.
func KeepsItem(holds []Hold, now time.Time, target, item string, inner Level, contains Contains) (Hold, bool, error) {
	asks := []struct{ target, item string }{{target, item}}
	t, err := ParseTarget(target, "")
	if err != nil {
		return Hold{}, false, err
	}

	if space := t.Space().ID(); item != "" && space != target {
		asks = append(asks, struct{ target, item string }{space, item})
	}

	if item != "" && inner != LevelNone {
		t.Level, t.Name = inner, item
		asks = append(asks, struct{ target, item string }{t.ID(), ""})
	}

	for _, a := range asks {
		h, kept, err := Keeps(holds, now, a.target, a.item, contains)
		if kept || err != nil {
			return h, kept, err
		}
	}

	return Hold{}, false, nil
}

// names reports whether a path below a container is that of an item in it, or leads
// into it; any path is of the container as a whole, "". An item of two names, such
// as a version of a model, is also in what the first one names.
func names(path, item string) bool {
	segments := strings.Split(strings.ToLower(path), "/")
	first, second, two := strings.Cut(strings.ToLower(item), "/")
	i := slices.Index(segments, first)
	if item == "" || i < 0 {
		return item == ""
	}
	rest := segments[i+1:]
	return !two || len(rest) == 0 || slices.Contains(rest, second)
}

// below returns what an ARM id in a scope has more than the scope.
func below(id, scope string) string {
	segments := strings.Split(strings.Trim(id, "/"), "/")
	return strings.Join(segments[strings.Count(strings.Trim(scope, "/"), "/")+1:], "/")
}

// InScope reports whether an ARM id is a scope or lies in it, by whole segments and
// ignoring case.
func InScope(id, scope string) bool {
	ids := strings.Split(strings.ToLower(strings.Trim(id, "/")), "/")
	of := strings.Split(strings.ToLower(strings.Trim(scope, "/")), "/")
	return len(ids) >= len(of) && slices.Equal(ids[:len(of)], of)
}
