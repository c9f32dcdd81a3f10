package closing

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// holdItem notes the hold that keeps a thing. Things that contain others are left to
// holdContainers.
func (p *planning) holdItem(d dsr.Deletions, row dsr.DeletionType, item dsr.Planned) error {
	if d.Container || row.Inner != dsr.LevelNone {
		return nil
	}
	return p.hold(d, row, item.Item, func(string, []string) (map[string][]string, error) { return nil, nil })
}

// holdContainers notes the holds that keep things which contain others. It walks all
// pages at most once to find where the documents are that holds name. done is false when
// the time is over before that; then nothing is noted.
func (p *planning) holdContainers(ctx context.Context) (done bool, err error) {
	var ids []string
	for _, h := range p.holds {
		if h.Holds(p.Now()) && !h.OnScope() {
			ids = append(ids, h.On)
		}
	}

	places, err := p.Ledger.Places(ctx, p.plan, "", ids, time.Now().Add(p.until.Sub(p.Now())))
	if err != nil || !places.Done {
		return false, err
	}

	contains := func(target string, ids []string) (map[string][]string, error) {
		found := map[string][]string{}
		for _, id := range ids {
			for _, place := range places.Of[id] {
				if dsr.InScope(place, target) {
					found[id] = append(found[id], place)
				}
			}
		}
		return found, nil
	}
	for _, d := range p.progress.Stages {
		row := p.deletionRow(d.Type)
		if !d.Container && row.Inner == dsr.LevelNone {
			continue
		}

		for item, err := range p.Ledger.PlannedThings(ctx, p.attempt(), d) {
			if err != nil {
				return false, err
			}

			id := item.Item
			if d.Container {
				id = ""
			}
			if err := p.hold(d, row, id, contains); err != nil {
				return false, err
			}
		}
	}

	return true, nil
}

// hold notes the hold that keeps an item of a stage, if there is one.
func (p *planning) hold(d dsr.Deletions, row dsr.DeletionType, item string, contains dsr.Contains) error {
	h, kept, err := dsr.KeepsItem(p.holds, p.Now(), d.Target, item, row.Inner, contains)
	if err != nil || !kept {
		return err
	}
	if len(p.progress.Held) == dsr.MaxHeld {
		p.progress.HeldOmitted++
		return nil
	}

	p.progress.Held = append(p.progress.Held, dsr.Held{
		Endpoint: d.Endpoint,
		Target:   d.Target,
		Item:     item,
		Hold:     h.ID,
		Reason:   h.Reason,
	})

	return nil
}
