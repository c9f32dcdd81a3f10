package verify_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestVerifyFindsWhatAFaultyReconcilerOmitsOrAdds(t *testing.T) {
	const discarded = "1/receipts/00002/1-000001-00000-runs.json"
	sub := "1/receipts/" + dsr.SubNodeName("00002", "artifacts", "run-2") + "/1-000001-00000-artifacts.json"
	for _, c := range []struct {
		name  string
		close func(*fixture)
		want  []string
	}{
		{"nothing", func(*fixture) {}, nil},
		{"a receipt left out", func(f *fixture) { f.omitted[runsReceipts+"2-000002-00000-runs.json"] = true },
			[]string{"inconsistent 1/receipts/00002/2-000002-00000-runs.json"}},
		{"a receipt of a pass that was given up", func(f *fixture) { delete(f.omitted, "req-1/"+discarded) },
			[]string{"inconsistent " + discarded}},
		{"a sub-node left out", func(f *fixture) { f.omitted["req-1/"+sub] = true }, []string{"inconsistent " + sub}},
		{"a follower left out", func(f *fixture) { f.omitted[runsReceipts+"2-000001-00001-artifacts.json"] = true },
			[]string{"inconsistent 1/receipts/00002/2-000001-00001-artifacts.json"}},
		{"a sub-node of which nothing is recorded", func(f *fixture) {
			f.remove("req-1/" + sub)
			f.remove("req-1/1/pages/" + dsr.SubNodeName("00002", "artifacts", "run-2") + "/1-000001.json")
		}, []string{
			"foreign 1/data/artifacts/s/g/e/w/p/content/run-2/big.bin",
			"missing 1/pages/" + dsr.SubNodeName("00002", "artifacts", "run-2") + "/1-000001.json",
			"missing " + sub,
		}},
		{"a task that was canceled", func(f *fixture) {
			task := f.at(2, 2, 2, 0, "artifacts")
			f.record(task.ReceiptBlob(), dsr.NewReceipt(task, dsr.Canceled, theTime))
		}, []string{"inconsistent 1/receipts/00002/2-000002-00000-artifacts.json"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFaults(t, newFixture(t, c.close).verify(nil), c.want...) })
	}
}

func TestACanceledReceiptIsRightInACanceledAttempt(t *testing.T) {
	f := newFixture(t, func(f *fixture) {
		task := f.at(2, 2, 2, 0, "artifacts")
		f.record(task.ReceiptBlob(), dsr.NewReceipt(task, dsr.Canceled, theTime))
		f.cancel()
		f.canceled = true
	})
	if r := f.verify(nil); len(r.Faults) > 0 || r.Manifest.Status != dsr.StatusCanceled {
		t.Errorf("%s: %+v", r.Manifest.Status, r.Faults)
	}
}
