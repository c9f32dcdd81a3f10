package ledger_test

import (
	"context"
	"io"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// undated is a store whose answers have no dates.
type undated struct{ archive.Backend }

func (u undated) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	body, info, err := u.Backend.Open(ctx, name, offset)
	info.Age = archive.UnknownAge
	return body, info, err
}

// With an age of 0 a claim would never expire.
func TestAnOpenRecordOfUnknownAgeIsATransientError(t *testing.T) {
	store := memory.New()
	of := func(index archive.Backend) *ledger.Ledger {
		return ledger.New(archive.New(memory.New(), nil), archive.New(memory.New(), nil), archive.New(index, nil))
	}
	a := dsr.Attempt{RequestID: "r", Number: 1}
	if _, err := of(store).SwapOpen(t.Context(), dsr.OpenRecord{RequestID: "r", Attempt: 1, Claim: "x"}, ledger.Version{}); err != nil {
		t.Fatal(err)
	}
	if _, v, found, err := of(store).OpenVersion(t.Context(), a); err != nil || !found || v.Age < 0 || v.Age > time.Minute {
		t.Errorf("with its dates: %+v, %t, %v", v, found, err)
	}
	if _, _, _, err := of(undated{store}).OpenVersion(t.Context(), a); dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("without its dates: %v, want a transient error", err)
	}
}
