package closing

import (
	"context"
	"fmt"
	"math/rand/v2"

	"azureml-dsr/internal/ledger"
)

// mostDue is how many expired attempts one run looks at.
const mostDue = 1000

// due draws the attempts that a run looks at, each as likely as any other: those
// that a hold keeps, or that fail, stay on the index, and must not keep the rest.
func (r *Retention) due(ctx context.Context) ([]ledger.Expired, error) {
	var due []ledger.Expired
	var failed failures
	seen := 0
	for e, err := range r.Ledger.ListExpired(ctx, r.Now()) {
		if err != nil {
			failed.add(err)
			r.Logger.ErrorContext(ctx, "could not read what expires", "error", err.Error())
			continue
		}

		if seen++; len(due) < mostDue {
			due = append(due, e)
		} else if i := rand.IntN(seen); i < mostDue {
			due[i] = e
		}
	}

	rand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })

	return due, failed.err()
}

// failures counts errors and keeps the first.
type failures struct {
	first error
	more  int
}

func (f *failures) add(err error) {
	if f.first == nil {
		f.first = err
		return
	}
	f.more++
}

func (f *failures) err() error {
	if f.first == nil || f.more == 0 {
		return f.first
	}
	return fmt.Errorf("%w; and %d more failed", f.first, f.more)
}
