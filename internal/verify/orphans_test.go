package verify_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestVerifyToleratesTheOrphansOfUnfinishedWork(t *testing.T) {
	const foreign, unlisted = "foreign", "unlisted"
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
		"1/manifest/part-00001-" + emptySum + ".json":                                  unlisted, // another reconciler's
		"1/manifest/part-1-" + emptySum + ".json":                                      foreign,
		"1/manifest/readme.txt":                                                        foreign,
		"1/manifest.json.bak":                                                          foreign,
		"1/retry.json":                                                                 foreign,  // nobody orders a first attempt
		"1/cancel.json":                                                                unlisted, // it came after the closing
		"1/readme.txt":                                                                 foreign,
		"extension.json":                                                               unlisted,
		"readme.txt":                                                                   foreign,
		"2/plan.json":                                                                  foreign, // no such attempt was ordered
		"3/manifest.json":                                                              foreign,
		"4/retry.json":                                                                 foreign,
		"1/hops/00002/2-000001-00000-runs/0001.json":                                   unlisted,
		"1/hops/00002/2-000001-00000-runs/1.json":                                      foreign,
		"1/hops/00002/2-000001-00000-runs/0000.json":                                   foreign,
		"1/hops/00002/2-000001-00000-models/0001.json":                                 foreign, // the node has no models
		"1/hops/00007/1-000001-00000-runs/0001.json":                                   foreign,
		"1/hops/readme.txt":                                                            foreign,
		"1/hops/00002/readme.txt":                                                      foreign,
		"1/decisions/0123456789abcdef0123456789abcdef.json":                            foreign, // an export decides nothing
		"1/deletes/0123456789abcdef0123456789abcdef.json":                              foreign,
		"1/deletion-plan/00002-000001-0123456789abcdef.json":                           foreign,
		"02/plan.json":                                                                 foreign,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.discardedSubNode(discardedSub)
			f.put("req-1/"+name, f.orphan(name))
			r := f.verify(nil)
			switch {
			case want == foreign && len(r.Faults) > 0 && string(r.Faults[0].Kind) == foreign && r.Faults[0].Name == "req-1/"+name:
			case want == unlisted && len(r.Faults) == 0 && slices.Contains(r.Unlisted, "req-1/"+name):
			default:
				t.Errorf("want it %s; faults %+v, unlisted %v", want, r.Faults, r.Unlisted)
			}
		})
	}
}

func TestVerifyReadsTheOrphansThatItTolerates(t *testing.T) {
	task := dsr.Task{RequestID: "req-1", Attempt: 1, Node: "00002", Pass: 2, Page: 1, Type: "runs"}
	hop := func(change func(*dsr.Hop)) any {
		h := dsr.Hop{
			SchemaVersion: dsr.SchemaVersion,
			TaskID:        task.ID(),
			Number:        1,
			Class:         dsr.HopThrottled,
		}
		change(&h)
		return h
	}

	for _, c := range []struct {
		what, name string
		content    any
		want       string
	}{
		{"a hop of another task", "hops/00002/2-000001-00000-runs/0001.json", hop(func(h *dsr.Hop) { h.TaskID = "0" }), "inconsistent"},
		{"a hop of another number", "hops/00002/2-000001-00000-runs/0001.json", hop(func(h *dsr.Hop) { h.Number = 2 }), "inconsistent"},
		{"a hop of no class", "hops/00002/2-000001-00000-runs/0001.json", hop(func(h *dsr.Hop) { h.Class = "bored" }), "inconsistent"},
		{"anything for a hop", "hops/00002/2-000001-00000-runs/0001.json", "x", "malformed"},
		{"an unknown member", "hops/00002/2-000001-00000-runs/0001.json", map[string]any{"taskid": task.ID()}, "malformed"},
		{"the cancellation of another attempt", "cancel.json", map[string]any{"schemaVersion": "1.0", "requestId": "req-1", "attempt": 2}, "inconsistent"},
		{"another page's record", "pages/00002/1-000002.json", dsr.NewPage(task, nil, nil, 1), "inconsistent"},
		{"another task's receipt", "receipts/00002/1-000002-00000-runs.json", dsr.NewReceipt(task, dsr.Succeeded, theTime), "inconsistent"},
		{"a part of a manifest under another name", "manifest/part-00001-0123456789abcdef.json", map[string]any{}, "inconsistent"},
		{"a part that is none", "data/runs/s/g/e/w/p/part-1-000007-00003.json", map[string]any{}, "malformed"},
		{"a stretch that is none", "data/runs/s/g/e/w/p/part-2-000001-00000~0001.json", map[string]any{}, "malformed"},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := newFixture(t, nil)
			f.record("req-1/1/"+c.name, c.content)
			wantFaults(t, f.verify(nil), c.want+" 1/"+c.name)
		})
	}
}

// emptySum are the first digits of the SHA-256 of a manifest part without anything.
var emptySum = sha256Hex([]byte("{}"))[:16]

// orphan returns what a blob contains that a worker may have stored under a name.
func (f *fixture) orphan(name string) string {
	f.t.Helper()
	encode := func(v any) string { return string(must[[]byte](f.t)(json.Marshal(v))) }
	rest := strings.TrimPrefix(name, "1/")
	folder, file, _ := strings.Cut(rest, "/")
	task := dsr.Task{RequestID: "req-1", Attempt: 1}
	switch folder {
	case "data":
		return "[]"
	case "cancel.json":
		return encode(cancellation())
	case "extension.json":
		return encode(dsr.Extension{SchemaVersion: dsr.SchemaVersion, RequestID: "req-1", DueAt: theTime.AddDate(0, 1, 0)})
	case "pages":
		task.Node, file, _ = strings.Cut(file, "/")
		_, _ = fmt.Sscanf(file, "%d-%d.json", &task.Pass, &task.Page) // a name that does not fit is foreign
		return encode(dsr.NewPage(task, nil, nil, 1))
	case "receipts", "hops":
		task.Node, file, _ = strings.Cut(file, "/")
		_, _ = fmt.Sscanf(file, "%d-%d-%d-%s", &task.Pass, &task.Page, &task.Chunk, &task.Type)
		task.Type, _, _ = strings.Cut(task.Type, "/")
		task.Type = strings.TrimSuffix(task.Type, ".json")
		if folder == "receipts" {
			return encode(dsr.NewReceipt(task, dsr.Succeeded, theTime))
		}
		return encode(dsr.Hop{
			SchemaVersion: dsr.SchemaVersion,
			TaskID:        task.ID(),
			Number:        1,
			Class:         dsr.HopThrottled,
		})
	default:
		return "{}"
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
