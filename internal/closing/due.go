package closing

import (
	"context"
	"fmt"
	"math/rand/v2"

	"azureml-dsr/internal/ledger"
)

// mostDue bounds the expired attempts that one run looks at.
const mostDue = 1000

// due returns a random sample of the expired attempts, in random order. Attempts that a
// hold keeps, or whose removal fails, stay on the index; sampling keeps them from
// blocking the others.
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
