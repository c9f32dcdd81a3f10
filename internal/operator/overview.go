package operator

import (
	"context"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// Overview counts the requests of an installation.
type Overview struct {
	Open             int `json:"open"`
	DueThisWeek      int `json:"dueThisWeek"` // within seven days, and not late
	Late             int `json:"late"`
	AwaitingApproval int `json:"awaitingApproval"`
	// PerDay has the last 30 days, today last.
	PerDay []Day `json:"perDay"`
	// LastBulk is the latest request of bulk_export that is open or was closed in these
	// days; nil for none.
	LastBulk *Row `json:"lastBulk"`
}

// Day counts what was closed on one day, in UTC.
type Day struct {
	Day       string `json:"day"`
	Closed    int    `json:"closed"`
	Succeeded int    `json:"succeeded"`
}

const (
	overviewDays = 30
	// bulkPrefix begins the ids of bulk_export's requests.
	bulkPrefix = "bulk-"
)

// Overview counts the open requests, and those that were closed in the last 30 days.
func (o *Operator) Overview(ctx context.Context) (Overview, error) {
	open, err := o.openRows(ctx)
	if err != nil {
		return Overview{}, err
	}
	soonOnly := PageOptions{Due: DueSoon}
	counts := func(r Row) bool { return r.Late || soonOnly.wants(r, StateOpen) || r.Kind != dsr.KindExport }
	if open, err = o.readRows(ctx, open, counts); err != nil {
		return Overview{}, err
	}

	out := Overview{Open: len(open)}
	for _, r := range open {
		if soonOnly.wants(r, StateOpen) {
			out.DueThisWeek++
		}
		if r.Late {
			out.Late++
		}
		if r.State == StateAwaitingApproval {
			out.AwaitingApproval++
		}
		out.addBulk(r)
	}

	if bulk := out.LastBulk; bulk != nil && bulk.unread {
		read, err := o.readRows(ctx, []Row{*bulk}, func(Row) bool { return true })
		if err != nil {
			return Overview{}, err
		}
		if len(read) > 0 {
			out.LastBulk = &read[0]
		}
	}

	return out, o.addDays(ctx, &out)
}

// addBulk keeps the latest request of bulk_export.
func (v *Overview) addBulk(r Row) {
	isLater := v.LastBulk == nil || r.SubmittedAt.After(v.LastBulk.SubmittedAt.Time)
	if strings.HasPrefix(r.ID, bulkPrefix) && isLater {
		v.LastBulk = &r
	}
}

// addDays counts by day what was closed.
func (o *Operator) addDays(ctx context.Context, v *Overview) error {
	today := o.now().UTC().Truncate(24 * time.Hour)
	first := today.AddDate(0, 0, 1-overviewDays)
	for day := first; !day.After(today); day = day.AddDate(0, 0, 1) {
		v.PerDay = append(v.PerDay, Day{Day: day.Format(time.DateOnly)})
	}

	for from, more := "", true; more; {
		marks, goesOn, err := o.ledger.ListClosed(ctx, from, 0)
		if err != nil {
			return err
		}
		for _, m := range marks {
			day := int(m.ClosedAt.Sub(first) / (24 * time.Hour))
			if m.ClosedAt.Before(first) {
				return nil
			}
			if day >= len(v.PerDay) {
				continue
			}

			r := closedRow(m)
			v.addBulk(r)
			v.PerDay[day].Closed++
			if r.State == string(dsr.StatusSucceeded) {
				v.PerDay[day].Succeeded++
			}
		}

		more = goesOn && len(marks) > 0
		if more {
			from = marks[len(marks)-1].Name + " "
		}
	}

	return nil
}
