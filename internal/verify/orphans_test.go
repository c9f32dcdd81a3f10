package verify_test

import (
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestVerifyToleratesTheOrphansOfUnfinishedWork(t *testing.T) {
	const foreign, unlisted, ignored = "foreign", "unlisted", "ignored"
	// Only page records are read before they are found to be orphans.
	const content = `{"schemaVersion": "1.0", "node": "00002~8877a226a801fe2b", "generation": 1, "page": 1, "state": "last", "chunkItems": 1, "chunks": 1}`
	discardedSub := dsr.SubNodeName("00002", "artifacts", "run-1")
	for name, want := range map[string]string{
		"1/data/runs/s/g/e/w/p/part-2-000009-00000.json":                        foreign, // no such page
		"1/data/runs/s/g/e/w/p/part-2-000001-00007.json":                        foreign, // no such chunk
		"1/data/runs/s/g/e/w/p/part-2-1-0.json":                                 foreign, // no such name is ever given
		"1/data/runs/s/g/e/w/p/part-1-000007-00003.json":                        unlisted,
		"1/data/runs/s/g/e/w/p/page-1-000007.json":                              unlisted,
		"1/data/artifacts/s/g/e/w/p/part-2-000001-00001.json":                   unlisted, // its task failed
		"1/data/artifacts/s/g/e/w/p/~0123456789abcdef/part-1-000001-00000.json": foreign,
		"1/data/artifacts/s/g/e/w/p/content/run-1/other.txt":                    unlisted, // the first pass had run-1
		"1/data/artifacts/s/g/e/w/p/content/run-3/other.txt":                    unlisted, // the task of run-3 failed
		"1/data/artifacts/s/g/e/w/p/content/run-4/other.txt":                    foreign,
		"1/data/artifacts/s/g/e/w/p/content/run-2/other.txt":                    foreign,
		"1/data/models/s/g/h/part-1-000001-00000.json":                          foreign,  // no node has models
		"1/data/runs/s/g/e/w/q/part-2-000001-00000.json":                        foreign,  // no such project
		"1/data/runs/s/g/e/w/p/part-2-000001-00000~0001.json":                   unlisted, // a stretch of a part
		"1/data/runs/s/g/e/w/p/page-2-000001~0002.json":                         unlisted, // a stretch of an answer
		"1/data/runs/s/g/e/w/p/part-2-000009-00000~0001.json":                   foreign,  // no such page
		"1/data/runs/s/g/e/w/p/part-2-000001-00000~1.json":                      foreign,  // no such name is ever given
		"1/data/x": foreign,
		"1/receipts/00002/1-000002-00000-runs.json":                                    unlisted,
		"1/receipts/00002/2-000003-00000-runs.json":                                    foreign,
		"1/receipts/00007/1-000001-00000-runs.json":                                    foreign,
		"1/receipts/readme.txt":                                                        foreign,
		"1/pages/00002/2-000003.json":                                                  foreign,
		"1/pages/00002/2-3.json":                                                       foreign,
		"1/pages/00007/1-000001.json":                                                  foreign,
		"1/pages/" + discardedSub + "/1-000001.json":                                   unlisted,
		"1/receipts/" + discardedSub + "/1-000001-00000-artifacts.json":                unlisted,
		"1/data/artifacts/s/g/e/w/p/" + discardedSub[5:] + "/part-1-000001-00000.json": unlisted,
		"1/manifest/part-00001-0123456789abcdef.json":                                  unlisted, // another reconciler's
		"1/manifest/readme.txt":                                                        foreign,
		"1/manifest.json.bak":                                                          foreign,
		"1/retry.json":                                                                 unlisted,
		"1/cancel.json":                                                                unlisted, // it came after the closing
		"1/readme.txt":                                                                 foreign,
		"extension.json":                                                               unlisted,
		"readme.txt":                                                                   foreign,
		"2/plan.json":                                                                  ignored, // the next attempt's
		"02/plan.json":                                                                 foreign,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.discardedSubNode(discardedSub)
			before := len(f.verify(nil).Unlisted)
			f.put("req-1/"+name, content)
			r := f.verify(nil)
			switch {
			case want == foreign && len(r.Faults) > 0 && string(r.Faults[0].Kind) == foreign && r.Faults[0].Name == "req-1/"+name:
			case want == unlisted && len(r.Faults) == 0 && slices.Contains(r.Unlisted, "req-1/"+name):
			case want == ignored && len(r.Faults) == 0 && len(r.Unlisted) == before:
			default:
				t.Errorf("want it %s; faults %+v, unlisted %v", want, r.Faults, r.Unlisted)
			}
		})
	}
}

// discardedSubNode stores a receipt of the discarded pass that names a sub-node.
func (f *fixture) discardedSubNode(sub string) {
	f.t.Helper()
	t := f.at(2, 1, 1, 0, "artifacts")
	r := dsr.NewReceipt(t, dsr.Succeeded, theTime)
	r.SubNodes = []dsr.SubNode{{Node: sub, Item: "run-1"}}
	f.record(t.ReceiptBlob(), r)
}
