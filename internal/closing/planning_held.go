package closing

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// noteHeld notes what holds keep of what is planned. All pages are passed over at most
// once, for the documents that holds name. False means that the time is over before that,
// and nothing is noted.
func (p *planning) noteHeld(ctx context.Context) (done bool, err error) {
	if len(dsr.HoldsAt(p.holds, p.Now())) == 0 {
		return true, nil
	}

	planned := dsr.DeletionPlan{Stages: p.progress.Stages}
	kept, done, err := p.Ledger.Kept(ctx, p.plan, planned, p.Deletions, p.holds, p.Now(), time.Now().Add(p.until.Sub(p.Now())))
	if err != nil || !done {
		return false, err
	}

	p.progress.Held, p.progress.HeldOmitted = nil, 0
	for _, d := range p.progress.Stages {
		for thing, err := range p.Ledger.PlannedThings(ctx, p.attempt(), d) {
			if err != nil {
				return false, err
			}

			h, held, err := kept.By(d, thing)
			if err != nil {
				return false, err
			}
			if held {
				p.hold(d, thing, h)
			}
		}
	}

	return true, nil
}

// hold notes that a hold keeps a thing.
func (p *planning) hold(d dsr.Deletions, thing dsr.Planned, h dsr.Hold) {
	if len(p.progress.Held) == dsr.MaxHeld {
		p.progress.HeldOmitted++
		return
	}
	p.progress.Held = append(p.progress.Held, dsr.NewHeld(d, thing, h))
}
