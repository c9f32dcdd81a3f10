package dsr

import (
	"strings"
	"time"
)

// Kept tells which things of a deletion plan holds keep.
type Kept struct {
	holds  []Hold
	now    time.Time
	rows   map[string]DeletionType // by type
	places map[string][]string     // of documents on hold, by id
	above  map[string]Hold         // what something on hold hangs below, by place and item
}

// NewKept returns what holds in force keep. places says where the documents are that
// they name.
func NewKept(holds []Hold, now time.Time, rows []DeletionType, places map[string][]string) *Kept {
	k := &Kept{
		holds:  HoldsAt(holds, now),
		now:    now,
		rows:   map[string]DeletionType{},
		places: places,
		above:  map[string]Hold{},
	}
	for _, row := range rows {
		k.rows[row.Type] = row
	}
	return k
}

// Any reports whether there is a hold in force.
func (k *Kept) Any() bool { return len(k.holds) > 0 }

// Note keeps what a thing on hold hangs below: it would take the thing along.
func (k *Kept) Note(d Deletions, thing Planned) error {
	if len(thing.Under) == 0 {
		return nil
	}
	h, kept, err := k.by(d, thing.Item)
	if !kept || err != nil {
		return err
	}
	for _, id := range thing.Under {
		k.above[aboveKey(d.Target, id)] = h
	}
	return nil
}

// By returns the hold that keeps a thing of a stage. The hold is on the thing, on what it
// is in or hangs below, or on something that goes with it.
func (k *Kept) By(d Deletions, thing Planned) (Hold, bool, error) {
	for _, name := range append([]string{thing.Item}, thing.Under...) {
		if h, kept, err := k.by(d, name); kept || err != nil {
			return h, kept, err
		}
	}

	if k.rows[d.Type].ItemsOf != "" {
		return Hold{}, false, nil // deleting what a thing has takes no other thing along
	}
	h, kept := k.above[aboveKey(d.Target, thing.Item)]
	return h, kept, nil
}

func (k *Kept) by(d Deletions, item string) (Hold, bool, error) {
	if d.Container {
		item = ""
	}
	return KeepsItem(k.holds, k.now, d.Target, item, k.rows[d.Type].Inner, k.contains)
}

// contains is a Contains.
func (k *Kept) contains(target string, ids []string) (map[string][]string, error) {
	found := map[string][]string{}
	for _, id := range ids {
		for _, place := range k.places[id] {
			if InScope(place, target) {
				found[id] = append(found[id], place)
			}
		}
	}
	return found, nil
}

func aboveKey(target, item string) string { return strings.ToLower(SpaceOf(target) + " " + item) }
