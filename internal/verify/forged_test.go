package verify_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

// Each case forges a receipt before the closing. All hashes above it are right, so that only
// deriving its claims again shows the forgery.
func TestVerifyDerivesAgainWhatAReceiptClaims(t *testing.T) {
	const runs = "1/receipts/00002/2-000001-00000-runs.json"
	const failed = "1/receipts/00002/2-000001-00001-artifacts.json"
	for _, c := range []struct {
		name  string
		of    string
		forge func(*dsr.Receipt)
		want  []string
	}{
		{"its totals", runs, func(r *dsr.Receipt) { r.Totals["E16"] = dsr.Counts{Calls: 9, Documents: 9} }, []string{"inconsistent " + runs}},
		{"its repeated ids", "1/receipts/00002/2-000002-00000-runs.json",
			func(r *dsr.Receipt) {
				c := r.Totals["E14"]
				c.Repeated = 0
				r.Totals["E14"] = c
			},
			[]string{"inconsistent 1/receipts/00002/2-000002-00000-runs.json"}},
		{"the row that repeats another's figures", "1/receipts/00002/2-000001-00000-run-artifacts.json",
			func(r *dsr.Receipt) { delete(r.Totals, "E24") }, []string{"inconsistent 1/receipts/00002/2-000001-00000-run-artifacts.json"}},
		{"its failures", runs, func(r *dsr.Receipt) {
			r.Failures = []dsr.Failure{{Endpoint: "E16", Target: projectID, Item: "run-1", Reason: dsr.ReasonForbidden}}
		}, []string{"inconsistent " + runs}},
		{"its outcome", runs, func(r *dsr.Receipt) { r.Outcome = dsr.Failed }, []string{"inconsistent " + runs}},
		{"its task id", runs, func(r *dsr.Receipt) { r.TaskID = "0123" }, []string{"inconsistent " + runs}},
		{"its place", runs, func(r *dsr.Receipt) { r.Page = 2 }, []string{"inconsistent " + runs}},
		{"its page record's name", runs, func(r *dsr.Receipt) { r.PageRecord.Name = "pages/00001/1-000001.json" }, []string{"inconsistent " + runs}},
		{"its page record's hash", runs, func(r *dsr.Receipt) { r.PageRecord.SHA256 = "00" }, []string{"changed 1/pages/00002/2-000001.json"}},
		{"that it has a page record", runs, func(r *dsr.Receipt) { r.PageRecord = nil }, []string{"inconsistent " + runs}},
		{"a part's size", runs, func(r *dsr.Receipt) { r.Parts[1].Size++ }, []string{"inconsistent 1/data/runs/s/g/e/w/p/part-2-000001-00000.json"}},
		{"a part's documents", runs, func(r *dsr.Receipt) { r.Parts[1].Documents++ }, []string{"inconsistent 1/data/runs/s/g/e/w/p/part-2-000001-00000.json"}},
		{"a part's subject matches", runs, func(r *dsr.Receipt) { r.Parts[1].SubjectMatches++ }, []string{"inconsistent 1/data/runs/s/g/e/w/p/part-2-000001-00000.json"}},
		{"the page's answer", runs, func(r *dsr.Receipt) { r.Parts = r.Parts[1:] }, []string{
			"foreign 1/data/runs/s/g/e/w/p/page-2-000001.json", "inconsistent " + runs, "inconsistent " + runs, "inconsistent " + runs,
		}},
		{"another task's part", runs, func(r *dsr.Receipt) { r.Parts[1].Name = "../../x" }, []string{
			"foreign 1/data/runs/s/g/e/w/p/part-2-000001-00000.json", "inconsistent " + runs, "inconsistent " + runs,
		}},
		{"success without a part", failed, func(r *dsr.Receipt) { r.Outcome, r.Failures, r.Totals = dsr.Succeeded, nil, nil }, []string{
			"foreign 1/data/artifacts/s/g/e/w/p/content/run-3/logs/out.txt", "inconsistent " + failed,
		}},
		{"a failure that isn't counted", failed, func(r *dsr.Receipt) { r.Totals = nil }, []string{"inconsistent " + failed}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, func(f *fixture) { edit(f, "req-1/"+c.of, c.forge) })
			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

func TestVerifyFindsAMalformedPart(t *testing.T) {
	const part = "req-1/1/data/runs/s/g/e/w/p/part-2-000001-00001.json"
	f := newFixture(t, func(f *fixture) {
		task := f.at(2, 2, 1, 1, "runs")
		f.overwrite(part, []byte(`{"not": "an array"}`))
		edit(f, task.ReceiptBlob(), func(r *dsr.Receipt) {
			r.Parts[0].SHA256, r.Parts[0].Size = sha256Hex(f.read(part)), 19
		})
	})
	wantFaults(t, f.verify(nil), "malformed 1/data/runs/s/g/e/w/p/part-2-000001-00001.json")
}
