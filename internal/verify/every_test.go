package verify_test

import (
	"slices"
	"testing"

	"azureml-dsr/internal/verify"
)

// names returns the names of the blobs that the manifest vouches for, and of all others.
func (f *fixture) names() (vouched, unlisted []string) {
	f.t.Helper()
	unlisted = f.verify(nil).Unlisted
	for name := range f.blobs.List(f.t.Context(), "") {
		if !slices.Contains(unlisted, name) {
			vouched = append(vouched, name)
		}
	}
	return vouched, unlisted
}

func TestVerifyFindsAnyByteThatChangedAndAnyBlobThatIsGone(t *testing.T) {
	vouched, _ := newFixture(t, nil).names()
	if len(vouched) < 25 {
		t.Fatalf("only %d blobs", len(vouched))
	}

	for _, name := range vouched {
		t.Run(name, func(t *testing.T) {
			changed, gone := newFixture(t, nil), newFixture(t, nil)
			changed.flip(name)
			gone.remove(name)

			for what, f := range map[string]*fixture{"changed": changed, "gone": gone} {
				names := func(x verify.Fault) bool { return x.Name == name }
				if r := f.verify(nil); !slices.ContainsFunc(r.Faults, names) {
					t.Errorf("%s: no fault names it: %+v", what, r.Faults)
				}
			}
		})
	}
}

func TestVerifyChecksTheRestWithoutAPlan(t *testing.T) {
	f := newFixture(t, nil)
	f.flip(theAttempt.Plan())
	f.flip(artifactOfOne)
	f.remove(runsReceipts + "2-000001-00001-runs.json")
	wantFaults(t, f.verify(nil),
		"changed 1/data/artifacts/s/g/e/w/p/content/run-1/logs/out.txt",
		"changed 1/plan.json",
		"missing 1/receipts/00002/2-000001-00001-runs.json",
	)
}

func FuzzVerifyOfAnyBytesInThePlaceOfABlob(f *testing.F) {
	f.Add(uint8(0), []byte("[]"))
	f.Add(uint8(9), []byte(`{"schemaVersion":"1.0","node":"00002","generation":2,"page":1,"state":"continues","chunkItems":1,"chunks":1}`))
	f.Add(uint8(20), []byte(`{"parts":[{"name":"data/../x"}],"pageRecord":{"name":"pages/00001/1-000001.json"}}`))
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		fix := newFixture(t, nil)
		vouched, unlisted := fix.names()
		all := append(vouched, unlisted...)
		fix.overwrite(all[int(which)%len(all)], body)
		fix.verify(nil) // must end, whatever it finds
	})
}
