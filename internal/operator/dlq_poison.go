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

			d := DeadLetter{
				Sequence:    sequence,
				RequestID:   requestOf(nil, r.Body),
				Reason:      r.Reason,
				EnqueuedAt:  r.EnqueuedTime,
				Description: r.Description,
				body:        r.Body,
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
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
	for _, s := range sequences {
		r, err := p.read(ctx, s)
		if errors.Is(err, archive.ErrNotFound) {
			continue
		}
		if err != nil {
			return done, err
		}

		err = p.queues.Send(ctx, r.Queue, dsr.Message{
			ID:         uuid.NewString(),
			Body:       r.Body,
			Properties: map[string]any{dsr.PropAgain: true},
		})
		if err != nil {
			return done, err
		}
		if err := p.blobs.Backend().Delete(ctx, p.blob(s)); err != nil {
			return done, fmt.Errorf("removing %s: %w", p.blob(s), err)
		}

		done = append(done, s)
	}
	return done, nil
}

func (p poison) purge(ctx context.Context, sequences []string) (done []string, err error) {
	for _, s := range sequences {
		if err := p.blobs.Backend().Delete(ctx, p.blob(s)); err != nil {
			return done, fmt.Errorf("removing %s: %w", p.blob(s), err)
		}
		done = append(done, s)
	}
	return done, nil
}
