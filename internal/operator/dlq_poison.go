package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/google/uuid"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

const (
	poisonSuffix = ".json"
	maxPoison    = 2 << 20 // bytes of a record: a message's body in Base64, and more
)

var _ deadStore = poison{}

// poison holds the messages that are parked as blobs because they are no task. A
// message's sequence is the name of its blob without prefix and suffix.
type poison struct {
	blobs  *archive.Archive
	queues Queues
}

func (p poison) all(ctx context.Context) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		for info, err := range p.blobs.Backend().List(ctx, dsr.PoisonPrefix, "") {
			if err != nil {
				yield(DeadLetter{}, fmt.Errorf("listing what is parked: %w", err))
				return
			}

			sequence := strings.TrimSuffix(strings.TrimPrefix(info.Name, dsr.PoisonPrefix), poisonSuffix)
			r, err := p.read(ctx, sequence)
			if errors.Is(err, archive.ErrNotFound) {
				continue // removed since it was listed
			}

			if mayPass(err) {
				yield(DeadLetter{}, err)
				return
			}

			d := DeadLetter{
				Sequence:    sequence,
				RequestID:   requestOf(nil, r.Body),
				Reason:      r.Reason,
				EnqueuedAt:  r.EnqueuedTime,
				Description: r.Description,
				body:        r.Body,
			}
			if err != nil { // it hides no other
				d.Reason, d.Description = dsr.ReasonUndecodable, err.Error()
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// mayPass reports whether an error says nothing about what was read: storage failed.
func mayPass(err error) bool {
	class := dsr.ClassOf(err)
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		class == dsr.Transient || class == dsr.Throttled
}

func (p poison) blob(sequence string) string { return dsr.PoisonPrefix + sequence + poisonSuffix }

func (p poison) read(ctx context.Context, sequence string) (r ledger.Poison, err error) {
	body, _, err := p.blobs.Read(ctx, p.blob(sequence), maxPoison)
	if err != nil {
		return r, fmt.Errorf("reading %s: %w", p.blob(sequence), err)
	}

	if json.Unmarshal(body, &r) != nil { // its text may quote the body
		return r, fmt.Errorf("%s is not what was written", p.blob(sequence))
	}
	return r, nil
}

// resubmit implements deadStore. It sends with new message ids, because the queue's
// duplicate detection may still know the old ones and drop the messages. It marks them as
// sent again, because a task among them may already be done.
func (p poison) resubmit(ctx context.Context, sequences []string) (done []string, err error) {
	return eachOf(sequences, func(sequence string) error {
		r, err := p.read(ctx, sequence)
		if err != nil {
			return err
		}

		err = p.queues.Send(ctx, r.Queue, dsr.Message{
			ID:         uuid.NewString(),
			Body:       r.Body,
			Properties: map[string]any{dsr.PropAgain: true},
		})
		if err != nil {
			return err
		}

		return p.remove(ctx, sequence)
	})
}

func (p poison) purge(ctx context.Context, sequences []string) (done []string, err error) {
	return eachOf(sequences, func(sequence string) error { return p.remove(ctx, sequence) })
}

func (p poison) remove(ctx context.Context, sequence string) error {
	if err := p.blobs.Backend().Delete(ctx, p.blob(sequence)); err != nil {
		return fmt.Errorf("removing %s: %w", p.blob(sequence), err)
	}
	return nil
}

// park implements deadStore. What is here is parked.
func (poison) park(context.Context, []string, func(context.Context, dsr.DeadLetter) error) ([]string, error) {
	return nil, invalid("queue", "what is in %s is parked already", PoisonQueue)
}

// eachOf calls do with each sequence, also when it fails for some. done are those for which
// it did not, without those that are gone.
func eachOf(sequences []string, do func(string) error) (done []string, err error) {
	var errs []error
	for _, s := range sequences {
		switch err := do(s); {
		case err == nil:
			done = append(done, s)
		case !errors.Is(err, archive.ErrNotFound):
			errs = append(errs, err)
		}
		if len(errs) > 0 && mayPass(errs[len(errs)-1]) {
			break
		}
	}
	return done, errors.Join(errs...)
}
