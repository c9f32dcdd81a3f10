package ledger_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
)

// closing is an attempt with recorded receipts that is ready to close.
type closing struct {
	t       *testing.T
	audit   *memory.Backend
	ledger  *ledger.Ledger
	attempt dsr.Attempt
}

var closingRows = []string{"E01", "E16"}

func newClosing(t *testing.T, receipts int, failures func(i int) int) *closing {
	t.Helper()
	c := &closing{t: t, audit: memory.New(), attempt: dsr.Attempt{RequestID: "r", Number: 1}}
	c.ledger = ledger.New(archive.New(c.audit, nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil))
	_, err := c.ledger.RecordPlan(t.Context(), dsr.Plan{RequestID: "r", Attempt: 1, Kind: dsr.KindExport})
	if err == nil {
		_, err = c.ledger.RecordRequest(t.Context(), dsr.RequestRecord{Request: dsr.Request{ID: "r"}})
	}
	if err != nil {
		t.Fatal(err)
	}

	for i := range receipts {
		k := dsr.Task{
			SchemaVersion: "1.0",
			RequestID:     "r",
			Attempt:       1,
			Node:          "00001",
			Pass:          1,
			Page:          1,
			Chunk:         i,
			Type:          "runs",
		}
		r := dsr.NewReceipt(k, dsr.Succeeded, time.Unix(0, 0))
		r.Totals["E16"] = dsr.Counts{Calls: 2, Documents: 1}
		r.Parts = []dsr.PartRef{{Name: fmt.Sprintf("data/runs/%d", i), SHA256: "x", Documents: 1, SubjectMatches: 3}}

		r.Cost = dsr.Cost{UpstreamCalls: 2, StorageWrites: int64(i), Milliseconds: 7}

		for n := range failures(i) {
			r.Failures = append(r.Failures, dsr.Failure{Endpoint: "E16", Item: fmt.Sprintf("%d/%d", i, n)})
		}

		if _, err := c.ledger.RecordReceipt(t.Context(), k, r); err != nil {
			t.Fatal(err)
		}
	}

	return c
}

func noFailures(int) int { return 0 }

func (c *closing) goOn(written []dsr.ManifestPartRef) *ledger.Parts {
	c.t.Helper()
	p, err := c.ledger.GoOnParts(c.t.Context(), c.attempt, closingRows, written)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// behind yields the recorded receipts after one.
func (c *closing) behind(name string) iter.Seq2[dsr.ReceiptMark, error] {
	return func(yield func(dsr.ReceiptMark, error) bool) {
		for m, err := range ledgertest.Recorded(c.t.Context(), c.ledger, c.attempt) {
			if err == nil && m.Name() <= name {
				continue
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// inSteps writes the parts one by one. Each step continues from the parts that the steps before
// it wrote.
func (c *closing) inSteps() *ledger.Parts {
	c.t.Helper()
	var written []dsr.ManifestPartRef
	for {
		p := c.goOn(written)
		done, err := p.Add(c.t.Context(), c.behind(p.Behind()), func() bool { return true })
		if err != nil {
			c.t.Fatal(err)
		}
		if done {
			return p
		}
		if len(p.Written()) != len(written)+1 {
			c.t.Fatalf("a step wrote %d parts, want one", len(p.Written())-len(written))
		}

		written = slices.Clone(p.Written())
	}
}

func (c *closing) close(p *ledger.Parts) dsr.Manifest {
	c.t.Helper()
	m, derived, err := c.ledger.Close(c.t.Context(), ledger.Closing{Attempt: c.attempt, At: time.Unix(1, 0)}, p)
	if err != nil || derived == nil {
		c.t.Fatalf("derived %t, %v", derived != nil, err)
	}
	return m
}

func TestPartsWrittenInStepsEqualPartsWrittenAtOnce(t *testing.T) {
	for name, failures := range map[string]func(int) int{
		"no failures":                       noFailures,
		"some, of which all are listed":     func(i int) int { return 1 - min(1, i%100) },
		"more than are listed":              func(i int) int { return 1 - min(1, i%7) },
		"as many as are listed in one part": func(i int) int { return 1 - min(1, i/dsr.MaxFailures) },
		"a last one on top":                 func(i int) int { return 1 - min(1, i/(dsr.MaxFailures+1)) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClosing(t, 2*dsr.ReceiptsPerPart+9, failures)
			one := c.goOn(nil)
			if done, err := one.Add(t.Context(), c.behind(""), func() bool { return false }); !done || err != nil {
				t.Fatalf("done %t, %v", done, err)
			}

			stepped := c.inSteps()
			if diff := cmp.Diff(one.Tally(), stepped.Tally()); diff != "" {
				t.Errorf("figures at once and in steps:\n%s", diff)
			}
			if diff := cmp.Diff(one.Written(), stepped.Written()); diff != "" {
				t.Errorf("parts at once and in steps:\n%s", diff)
			}

			m := c.close(stepped)
			listed := 0
			for i := range 2*dsr.ReceiptsPerPart + 9 {
				listed += failures(i)
			}

			if len(m.Failures)+m.FailuresOmitted != listed || len(m.Failures) != min(listed, dsr.MaxFailures) {
				t.Errorf("%d failures listed and %d omitted of %d", len(m.Failures), m.FailuresOmitted, listed)
			}
			if m.Totals["E16"].Calls != 2*(2*dsr.ReceiptsPerPart+9) || m.SubjectMatches != 3*(2*dsr.ReceiptsPerPart+9) || len(m.Parts) != 3 {
				t.Errorf("%+v, %d matches, %d parts", m.Totals, m.SubjectMatches, len(m.Parts))
			}
		})
	}
}

// A part that a checkpoint names is adopted only if it is the next part of this attempt, byte
// for byte. Otherwise writing starts over.
func TestOnlyPartsThatWereWrittenAreTakenOver(t *testing.T) {
	c := newClosing(t, 2*dsr.ReceiptsPerPart+9, noFailures)
	whole := c.inSteps()
	refs := whole.Written()
	want := c.close(whole)
	rewrite := func(a dsr.Attempt, n int, change func(*dsr.ManifestPart)) dsr.ManifestPartRef {
		t.Helper()
		part := decodePart(t, c, refs[n])
		change(&part)
		body, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}

		sum := sumOf(body)
		name := a.ManifestPart(n+1, sum)
		if _, err := archive.New(c.audit, nil).Create(t.Context(), name, body, nil); err != nil {
			t.Fatal(err)
		}

		return dsr.ManifestPartRef{Name: strings.TrimPrefix(name, a.Prefix()), SHA256: sum, Receipts: len(part.Receipts)}
	}

	missing := refs[1]
	missing.SHA256 = strings.Repeat("ab", 32)
	missing.Name = strings.TrimPrefix(c.attempt.ManifestPart(2, missing.SHA256), c.attempt.Prefix())
	short := refs[1]
	short.SHA256 = "ab"
	ofOther := rewrite(dsr.Attempt{RequestID: "r", Number: 2}, 1, func(p *dsr.ManifestPart) { p.Totals["E16"] = dsr.Counts{Calls: 7} })
	tests := map[string]struct {
		written []dsr.ManifestPartRef
		taken   int
	}{
		"all of them":                     {refs, 2},
		"the first":                       {refs[:1], 1},
		"none":                            {nil, 0},
		"the second without the first":    {refs[1:], 0},
		"the first one twice":             {[]dsr.ManifestPartRef{refs[0], refs[0]}, 0},
		"in another order":                {[]dsr.ManifestPartRef{refs[1], refs[0]}, 0},
		"one that is not there":           {[]dsr.ManifestPartRef{refs[0], missing}, 0},
		"an invalid hash":                 {[]dsr.ManifestPartRef{refs[0], short}, 0},
		"an invalid name":                 {[]dsr.ManifestPartRef{{Name: "../../x", SHA256: refs[0].SHA256}}, 0},
		"one of another attempt":          {[]dsr.ManifestPartRef{refs[0], ofOther}, 0},
		"one without receipts":            {[]dsr.ManifestPartRef{refs[0], rewrite(c.attempt, 1, func(p *dsr.ManifestPart) { p.Receipts = nil })}, 0},
		"one that overlaps the first":     {[]dsr.ManifestPartRef{refs[0], rewrite(c.attempt, 1, func(p *dsr.ManifestPart) { p.Receipts[0].Name = "receipts/00001/1-000001-00007-runs.json" })}, 0},
		"one whose receipts are unsorted": {[]dsr.ManifestPartRef{refs[0], rewrite(c.attempt, 1, func(p *dsr.ManifestPart) { slices.Reverse(p.Receipts) })}, 0},
		"one with a name of no receipt":   {[]dsr.ManifestPartRef{refs[0], rewrite(c.attempt, 1, func(p *dsr.ManifestPart) { p.Receipts[9].Name = "receipts/x" })}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := c.goOn(tt.written)
			if len(p.Written()) != tt.taken {
				t.Fatalf("%d parts are taken over, want %d", len(p.Written()), tt.taken)
			}
			if done, err := p.Add(t.Context(), c.behind(p.Behind()), func() bool { return false }); !done || err != nil {
				t.Fatalf("done %t, %v", done, err)
			}

			if diff := cmp.Diff(want, c.close(p)); diff != "" {
				t.Errorf("the manifest (-want +got):\n%s", diff)
			}
		})
	}

	for name, change := range map[string]func(body []byte) []byte{
		"one that is cut short":  func(b []byte) []byte { return b[:len(b)/2] },
		"one with other figures": func(b []byte) []byte { return []byte(strings.Replace(string(b), `"calls":10000`, `"calls":10001`, 1)) },
		"one with a blank more":  func(b []byte) []byte { return append(b, ' ') },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClosing(t, dsr.ReceiptsPerPart+9, noFailures)
			ref := c.inSteps().Written()[0]
			c.alter(ref, change)
			body, _, err := archive.New(c.audit, nil).Read(t.Context(), c.attempt.Prefix()+ref.Name, 1<<26)
			if err != nil || sumOf(body) == ref.SHA256 {
				t.Fatalf("it has not changed, %v", err)
			}

			p := c.goOn([]dsr.ManifestPartRef{ref})
			if len(p.Written()) != 0 {
				t.Error("it is taken over")
			}
			if _, err := p.Add(t.Context(), c.behind(""), func() bool { return false }); err == nil {
				t.Error("a manifest would vouch for bytes that are not stored")
			}
		})
	}
}

// alter changes the stored bytes of a part.
func (c *closing) alter(ref dsr.ManifestPartRef, change func([]byte) []byte) {
	c.t.Helper()
	name := c.attempt.Prefix() + ref.Name
	body, _, err := archive.New(c.audit, nil).Read(c.t.Context(), name, 1<<26)
	if err == nil {
		err = c.audit.Replace(c.t.Context(), name, change(slices.Clone(body)))
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func decodePart(t *testing.T, c *closing, ref dsr.ManifestPartRef) (p dsr.ManifestPart) {
	t.Helper()
	body, _, err := archive.New(c.audit, nil).Read(t.Context(), c.attempt.Prefix()+ref.Name, 1<<26)
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sumOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// ordered is a store that records the names of the blobs that are put, in order.
type ordered struct {
	archive.Backend
	put []string
}

func (o *ordered) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	o.put = append(o.put, name)
	return o.Backend.Put(ctx, name, body, meta)
}

func TestAManifestComesAfterItsPartsAndNamesNoOthers(t *testing.T) {
	c := newClosing(t, dsr.ReceiptsPerPart+9, noFailures)
	orphan := c.attempt.ManifestPart(1, strings.Repeat("cd", 32))
	if err := c.audit.Put(t.Context(), orphan, []byte("{}"), nil); err != nil {
		t.Fatal(err)
	}

	o := &ordered{Backend: c.audit}
	c.ledger = ledger.New(archive.New(o, nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil))
	m := c.close(c.inSteps())

	var want []string
	for i, ref := range m.Parts {
		if name := c.attempt.Prefix() + ref.Name; name != c.attempt.ManifestPart(i+1, ref.SHA256) {
			t.Errorf("part %d is named %s, which is not by its content", i+1, name)
		}
		want = append(want, c.attempt.Prefix()+ref.Name)
	}

	if got := slices.Compact(o.put); !slices.Equal(got, append(want, c.attempt.Manifest())) || len(m.Parts) != 2 {
		t.Errorf("made %q", got)
	}
}

// A reconciler that continues must know whether earlier receipts have named sub-nodes.
func TestPartsReportWhetherTheirReceiptsNameSubNodes(t *testing.T) {
	for name, naming := range map[string]int{"none": -1, "in the first part": 3, "in the last": dsr.ReceiptsPerPart + 3} {
		t.Run(name, func(t *testing.T) {
			c := newClosing(t, 2*dsr.ReceiptsPerPart, noFailures)
			receipts := func(yield func(dsr.ReceiptMark, error) bool) {
				i := 0
				for m, err := range c.behind("") {
					if i == naming {
						m.SubNodes = []string{"1-000001-00003-runs-00000"}
					}
					if i++; !yield(m, err) {
						return
					}
				}
			}

			p := c.goOn(nil)
			if done, err := p.Add(t.Context(), receipts, func() bool { return false }); !done || err != nil {
				t.Fatalf("done %t, %v", done, err)
			}

			if got, want := c.goOn(p.Written()).NameSubNodes(), naming >= 0; got != want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// After an update another version may find a manifest that is not signed yet.
func TestAManifestThatAnotherVersionWroteIsDerivedWithItsName(t *testing.T) {
	for name, tt := range map[string]struct {
		wrote   string
		derived bool
	}{
		"a version":      {"1.0.0 (0123456789ab)", true},
		"none":           {"", true},
		"no version":     {`1.0.0", "status": "failed`, false},
		"one of a novel": {strings.Repeat("once ", 20), false},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClosing(t, 3, noFailures)
			closeBy := func(worker string) (dsr.Manifest, []byte) {
				p := c.goOn(nil)
				if done, err := p.Add(t.Context(), c.behind(""), func() bool { return false }); !done || err != nil {
					t.Fatalf("done %t, %v", done, err)
				}
				m, derived, err := c.ledger.Close(t.Context(), ledger.Closing{Attempt: c.attempt, At: time.Unix(1, 0), Worker: worker}, p)
				if err != nil {
					t.Fatal(err)
				}
				return m, derived
			}

			closeBy(tt.wrote)
			m, derived := closeBy("2.0.0 (ba9876543210)")

			if m.Worker != tt.wrote || (derived != nil) != tt.derived {
				t.Errorf("the manifest is of %q, derived %t", m.Worker, derived != nil)
			}
		})
	}
}
