package personcopy_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"iter"
	"runtime"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

// documents is how many TestMemoryDoesNotGrowWithTheArchive reads. `make test-size-copy` sets it.
var documents = flag.Int("documents", 20_000, "how many documents a copy is made of")

const (
	// liveLimit bounds what is live in memory while a copy is made.
	liveLimit = 64 << 20
	ada       = "3f2a91c4-0b1d-4e5f-8a77-9c0d1e2f3a4b"
)

// stream yields runs, every one of the subject's own, each with somebody else who is named in
// it, of 5,000 others, and an uncertain place.
func stream(n int, each func(i int)) personcopy.Documents {
	return func(context.Context, string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for i := range n {
				other := i % 5000
				body := fmt.Appendf(nil, `{"runId":"run-%d","createdBy":{"userObjectId":"%s","userName":"Ada King","upn":"ada.king@example.org"},`+
					`"lastModifiedBy":{"userObjectId":"%08x-1111-4222-8333-444444444444","userName":"Other Nr%dx","upn":"other.nr%dx@example.org"},`+
					`"tags":{"pairedWith":"Other Nr%dx"},"properties":{"azureml.git.commit":"9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c","note":"a run, ask Other"}}`,
					i, ada, other, other, other, other)
				d := personcopy.Document{
					Endpoint:    "W53",
					Target:      experiment,
					Item:        fmt.Sprintf("run-%d", i),
					RetrievedAt: bagDay,
					Body:        body,
				}
				each(i)
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

func TestMemoryDoesNotGrowWithTheArchive(t *testing.T) {
	n, most := *documents, uint64(0)
	look := func(i int) {
		if i%(n/20) != n/20-1 {
			return
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}
	make := func() ([sha256.Size]byte, personcopy.Summary) {
		hash := sha256.New()
		places := 0
		summary, err := personcopy.Write(t.Context(), hash, personcopy.Order{
			Uncertain: func(dsr.ReviewPlace) error {
				places++
				return nil
			},
			RequestID:   "request-1",
			Subject:     dsr.Subject{ObjectID: ada, UserPrincipalName: "ada.king@example.org", DisplayName: "Ada King"},
			Status:      dsr.StatusSucceeded,
			SubmittedAt: bagDay,
			ClosedAt:    bagDay,
		}, stream(n, look))
		if err != nil {
			t.Fatal(err)
		}
		if places != n {
			t.Errorf("%d uncertain places", places)
		}
		return [sha256.Size]byte(hash.Sum(nil)), summary
	}

	began := time.Now()
	first, summary := make()
	took := time.Since(began)
	t.Logf("%d documents: %.1f MiB live at most, %.0f documents/s", n, float64(most)/(1<<20), float64(n)/took.Seconds())
	if summary.Documents != n || most > liveLimit {
		t.Errorf("%d documents, %d MiB", summary.Documents, most>>20)
	}
	if again, _ := make(); again != first {
		t.Error("the same archive gives other bytes")
	}
}
