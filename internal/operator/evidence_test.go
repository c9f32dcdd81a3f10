package operator

import (
	"slices"
	"testing"

	"azureml-dsr/internal/archive/memory"
)

func TestEvidenceMergesTheListingsOfBothContainers(t *testing.T) {
	audit, exports := memory.New(), memory.New()
	for i, name := range []string{"r/1/a", "r/1/data/x", "r/1/hops/y", "r/subject.json"} {
		if err := []*memory.Backend{audit, exports}[i%2].Put(t.Context(), name, []byte(name), nil); err != nil {
			t.Fatal(err)
		}
	}

	e := archiveEvidence{audit: audit, exports: exports}
	var got []string
	for name, err := range e.List(t.Context(), "r/") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name)

		body, err := e.Open(t.Context(), name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = body.Close()
	}

	if want := []string{"r/1/a", "r/1/data/x", "r/1/hops/y", "r/subject.json"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
