package dsr

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Contains returns which of some ids documents in a target have, each with the places
// where such documents are.
type Contains func(target string, ids []string) (map[string][]string, error)

// Keeps returns a hold in force that keeps an item of a container, or the container as
// a whole where item is "". A hold is on the thing itself, on what it is in, or on
// something in it. Only when no hold does so by its name is contains asked, once,
// whether a document on hold is in the container.
func Keeps(holds []Hold, now time.Time, container, item string, contains Contains) (Hold, bool, error) {
	onDocuments := map[string]Hold{}
	for _, h := range HoldsAt(holds, now) {
		if h.names(container, item) {
			return h, true, nil
		}
		if item == "" && !h.OnScope() {
			onDocuments[h.On] = h
		}
	}
	if len(onDocuments) == 0 {
		return Hold{}, false, nil
	}

	places, err := contains(container, slices.Sorted(maps.Keys(onDocuments)))
	if err != nil || len(places) == 0 {
		return Hold{}, false, err
	}

	return onDocuments[slices.Min(slices.Collect(maps.Keys(places)))], true, nil
}

// KeepsItem returns a hold in force that keeps an item of a target, or the target as a
// whole where item is "". A hold counts under whichever of the item's names it is on.
// inner is the level of the targets that the items are, LevelNone where they are none.
func KeepsItem(holds []Hold, now time.Time, target, item string, inner Level, contains Contains) (Hold, bool, error) {
	t, err := ParseTarget(target, "")
	if err != nil {
		return Hold{}, false, err
	}

	names := []itemName{{target, item}}
	if item != "" {
		names = append(names, otherNames(t, item, inner)...)
	}

	for _, n := range names {
		h, kept, err := Keeps(holds, now, n.container, n.item, contains)
		if kept || err != nil {
			return h, kept, err
		}
	}

	return Hold{}, false, nil
}

// itemName names an item by its container; an item of "" is the container itself.
type itemName struct{ container, item string }

// otherNames returns what else an item of a target is called: a run of an experiment is
// one of its machine learning workspace too, and an item that is itself a target, such
// as an experiment, is the whole of that target.
func otherNames(t Target, item string, inner Level) []itemName {
	var names []itemName
	if workspace := t.Space(); workspace != t {
		names = append(names, itemName{workspace.ID(), item})
	}
	if inner != LevelNone {
		t.Level, t.Name = inner, item
		names = append(names, itemName{t.ID(), ""})
	}
	return names
}

// names reports whether what the hold is on is an item of a container, has it in it or
// is in it.
func (h Hold) names(container, item string) bool {
	if !h.OnScope() {
		return strings.EqualFold(item, h.On) || (item != "" && strings.HasPrefix(strings.ToLower(h.On), strings.ToLower(item)+"/"))
	}
	if InScope(container, h.On) {
		return true
	}
	return InScope(h.On, container) && leadsTo(below(h.On, container), item)
}

// leadsTo reports whether a path below a container is that of an item or of something
// in the item. A version, "model/3", is also kept by the path of its model. Any path
// leads to the container as a whole, "".
func leadsTo(path, item string) bool {
	if item == "" {
		return true
	}

	segments := strings.Split(strings.ToLower(path), "/")
	name, version, isVersion := strings.Cut(strings.ToLower(item), "/")
	i := slices.Index(segments, name)
	if i < 0 {
		return false
	}

	rest := segments[i+1:]
	return !isVersion || len(rest) == 0 || slices.Contains(rest, version)
}

// below returns the path of an ARM id below a scope that it is in.
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
