package verify_test

import (
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

const (
	runsFolder    = "req-1/1/data/runs/s/g/e/w/p/"
	runsReceipts  = "req-1/1/receipts/00002/"
	artifactOfOne = "req-1/1/data/artifacts/s/g/e/w/p/content/run-1/logs/out.txt"
)

func (f *fixture) manifestPart() string {
	f.t.Helper()
	m := stored[dsr.Manifest](f, theAttempt.Manifest())
	return theAttempt.Prefix() + m.Parts[0].Name
}

// flip changes one byte in the middle of a blob.
func (f *fixture) flip(name string) {
	body := slices.Clone(f.read(name))
	body[len(body)/2] ^= 1
	f.overwrite(name, body)
}

func (f *fixture) put(name, body string) { f.blobs[name] = []byte(body) }

// damage is one way to damage a closed attempt.
type damage struct {
	name string
	do   func(*fixture)
	want []string // kind and name of each fault, without the request's id
}

func testDamages(t *testing.T, cases []damage) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, nil)
			part := f.manifestPart()[len("req-1/1/manifest/"):]
			c.do(f)
			var want []string
			for _, w := range c.want {
				want = append(want, strings.ReplaceAll(w, "PART", part))
			}
			wantFaults(t, f.verify(nil), want...)
		})
	}
}

func TestVerifyNamesEveryFaultOfDocuments(t *testing.T) {
	testDamages(t, []damage{
		{"a byte of a part", func(f *fixture) { f.flip(runsFolder + "part-2-000001-00000.json") },
			[]string{"changed 1/data/runs/s/g/e/w/p/part-2-000001-00000.json"}},
		{"a part that is cut short", func(f *fixture) {
			name := runsFolder + "part-2-000001-00000.json"
			f.overwrite(name, f.read(name)[:40])
		}, []string{"changed 1/data/runs/s/g/e/w/p/part-2-000001-00000.json"}},
		{"a byte of a list's answer", func(f *fixture) { f.flip(runsFolder + "page-2-000001.json") },
			[]string{"changed 1/data/runs/s/g/e/w/p/page-2-000001.json"}},
		{"a part that is gone", func(f *fixture) { f.remove(runsFolder + "part-2-000002-00000.json") },
			[]string{"missing 1/data/runs/s/g/e/w/p/part-2-000002-00000.json"}},
		{"a part that names artifacts is gone", func(f *fixture) {
			f.remove("req-1/1/data/artifacts/s/g/e/w/p/part-2-000001-00000.json")
		}, []string{"missing 1/data/artifacts/s/g/e/w/p/part-2-000001-00000.json"}},
		{"a byte of an artifact", func(f *fixture) { f.flip(artifactOfOne) },
			[]string{"changed 1/data/artifacts/s/g/e/w/p/content/run-1/logs/out.txt"}},
		{"an artifact that is gone", func(f *fixture) { f.remove(artifactOfOne) },
			[]string{"missing 1/data/artifacts/s/g/e/w/p/content/run-1/logs/out.txt"}},
	})
}

func TestVerifyNamesEveryFaultOfReceiptsAndPages(t *testing.T) {
	testDamages(t, []damage{
		{"two receipts in each other's place", func(f *fixture) {
			one, two := runsReceipts+"2-000001-00000-runs.json", runsReceipts+"2-000001-00001-runs.json"
			a, b := f.read(one), f.read(two)
			f.overwrite(one, b)
			f.overwrite(two, a)
		}, []string{"changed 1/receipts/00002/2-000001-00000-runs.json", "changed 1/receipts/00002/2-000001-00001-runs.json"}},
		{"a byte of a receipt", func(f *fixture) { f.flip(runsReceipts + "2-000001-00000-runs.json") },
			[]string{"changed 1/receipts/00002/2-000001-00000-runs.json"}},
		{"a receipt that is gone", func(f *fixture) { f.remove(runsReceipts + "2-000001-00001-runs.json") },
			[]string{"missing 1/receipts/00002/2-000001-00001-runs.json"}},
		{"the receipt that names a sub-node is gone", func(f *fixture) { f.remove(runsReceipts + "2-000001-00000-artifacts.json") },
			[]string{"missing 1/receipts/00002/2-000001-00000-artifacts.json"}},
		{"the receipt of a sub-node that is gone", func(f *fixture) {
			f.remove("req-1/1/receipts/" + dsr.SubNodeName("00002", "artifacts", "run-2") + "/1-000001-00000-artifacts.json")
		}, []string{"missing 1/receipts/" + dsr.SubNodeName("00002", "artifacts", "run-2") + "/1-000001-00000-artifacts.json"}},
		{"a page record that is changed", func(f *fixture) {
			edit(f, "req-1/1/pages/00002/2-000002.json", func(p *dsr.Page) { p.Items = []string{"run-9"} })
		}, []string{"changed 1/pages/00002/2-000002.json"}},
		{"a page record that is gone", func(f *fixture) { f.remove("req-1/1/pages/00001/1-000001.json") },
			[]string{"missing 1/pages/00001/1-000001.json"}},
		{"a page that names fewer tasks", func(f *fixture) {
			edit(f, "req-1/1/pages/00002/2-000001.json", func(p *dsr.Page) { p.Items, p.Chunks = p.Items[:2], 1 })
		}, []string{"changed 1/pages/00002/2-000001.json"}},
		{"a page record in the middle that is gone", func(f *fixture) { f.remove("req-1/1/pages/00002/2-000001.json") },
			[]string{"missing 1/pages/00002/2-000001.json"}},
		{"a page record that is no JSON", func(f *fixture) { f.overwrite("req-1/1/pages/00002/2-000001.json", []byte("{")) },
			[]string{"malformed 1/pages/00002/2-000001.json"}},
		{"the page that ends a pass that was given up", func(f *fixture) { f.overwrite("req-1/1/pages/00002/1-000002.json", []byte("{")) },
			[]string{"malformed 1/pages/00002/1-000002.json"}},
		{"a page record of another place", func(f *fixture) {
			f.overwrite("req-1/1/pages/00002/2-000001.json", f.read("req-1/1/pages/00001/1-000001.json"))
		}, []string{"changed 1/pages/00002/2-000001.json", "inconsistent 1/pages/00002/2-000001.json"}},
		{"a page whose chunks don't follow from its items", func(f *fixture) {
			edit(f, "req-1/1/pages/00001/1-000001.json", func(p *dsr.Page) { p.Chunks = 1 << 40 })
		}, []string{"changed 1/pages/00001/1-000001.json", "malformed 1/pages/00001/1-000001.json"}},
	})
}

func TestVerifyNamesEveryFaultOfManifestPlanAndRequest(t *testing.T) {
	testDamages(t, []damage{
		{"a byte of a manifest part", func(f *fixture) {
			edit(f, f.manifestPart(), func(p *dsr.ManifestPart) { p.Receipts[0].Outcome = dsr.Failed })
		}, []string{"changed 1/manifest/PART"}},
		{"a manifest part that is gone", func(f *fixture) { f.remove(f.manifestPart()) },
			[]string{"missing 1/manifest/PART"}},
		{"a plan whose nodes are not numbered", func(f *fixture) {
			edit(f, theAttempt.Plan(), func(p *dsr.Plan) { p.Nodes[0].Number = 7 })
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Plan.SHA256 = sha256Hex(f.read(theAttempt.Plan())) })
		}, []string{"malformed 1/plan.json"}},
		{"the plan", func(f *fixture) { f.flip(theAttempt.Plan()) }, []string{"changed 1/plan.json"}},
		{"the request", func(f *fixture) { f.flip("req-1/request.json") }, []string{"changed request.json"}},
		{"the subject", func(f *fixture) {
			edit(f, "req-1/subject.json", func(s *dsr.Subject) { s.UserPrincipalName = "eve@example.org" })
		}, []string{"changed subject.json"}},
		{"the subject that is gone", func(f *fixture) { f.remove("req-1/subject.json") }, []string{"missing subject.json"}},
		{"the manifest's totals", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Totals["E16"] = dsr.Counts{Calls: 5, Documents: 5} })
		}, []string{"inconsistent 1/manifest.json"}},
		{"the manifest's status", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Status = dsr.StatusSucceeded })
		}, []string{"inconsistent 1/manifest.json"}},
		{"the manifest's failures", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Failures = nil })
		}, []string{"inconsistent 1/manifest.json"}},
		{"the manifest's subject matches", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.SubjectMatches++ })
		}, []string{"inconsistent 1/manifest.json"}},
		{"the manifest's cost", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Cost.StorageReads++ })
		}, []string{"inconsistent 1/manifest.json"}},
		{"what the manifest leaves out", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.NotCovered = nil })
		}, []string{"inconsistent 1/manifest.json"}},
		{"the manifest's count of a part", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Parts[0].Documents++ })
		}, []string{"inconsistent 1/manifest.json"}},
		{"the manifest itself", func(f *fixture) { f.overwrite(theAttempt.Manifest(), []byte("{")) },
			[]string{"malformed 1/manifest.json"}},
		{"the manifest that is gone", func(f *fixture) { f.remove(theAttempt.Manifest()) }, []string{"missing 1/manifest.json"}},
		{"several at once", func(f *fixture) {
			f.flip(artifactOfOne)
			f.remove(runsFolder + "part-2-000001-00000.json")
			f.put("req-1/1/data/note.txt", "hello")
		}, []string{
			"changed 1/data/artifacts/s/g/e/w/p/content/run-1/logs/out.txt",
			"foreign 1/data/note.txt",
			"missing 1/data/runs/s/g/e/w/p/part-2-000001-00000.json",
		}},
	})
}
