package ledger

import (
	"errors"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

func TestARecordThatCouldNotBeReadAgainIsNotWritten(t *testing.T) {
	audit := archive.New(memory.New(), nil)
	const quotes = 2
	for name, tt := range map[string]struct {
		length int
		reason string
	}{
		"as long as can be read": {maxRecord - quotes, ""},
		"one byte longer":        {maxRecord - quotes + 1, dsr.ReasonRecordTooLong},
	} {
		value := strings.Repeat("x", tt.length)
		_, _, err := record(t.Context(), audit, "r/1/plan.json", value, nil)
		if tt.reason != "" {
			if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != tt.reason {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := audit.Backend().Stat(t.Context(), "r/1/plan.json"); !errors.Is(err, archive.ErrNotFound) {
				t.Errorf("%s: something was written: %v", name, err)
			}
			continue
		}

		if got, _, found, readErr := read[string](t.Context(), audit, "r/1/plan.json"); err != nil || readErr != nil || !found || got != value {
			t.Errorf("%s: %v, %v", name, err, readErr)
		}

		if err := audit.Backend().Delete(t.Context(), "r/1/plan.json"); err != nil {
			t.Fatal(err)
		}
	}
}
