package dsr_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestEncodeSegment(t *testing.T) {
	long := strings.Repeat("é", 40) // 240 bytes once encoded
	tests := []struct{ name, in, want string }{
		{"plain text stays", "Run-1_a.b", "Run-1_a.b"},
		{"all else is percent-encoded", "a b/ü%2f", "a%20b%2F%C3%BC%252f"},
		{"an empty name becomes its hash", "", "~e3b0c44298fc1c14"},
		{"a dot is no segment", ".", ".~cdb4ee2aea69cc6a"},
		{"nor are two", "..", "..~0cfc3b6f2ec9d1a9"},
		{"nor what ends in a dot", "a.", "a.~"},
		{"a long name is cut, never inside of an escape", long, strings.Repeat("%C3%A9", 10) + "~"},
		{"a name of just 100 bytes stays", strings.Repeat("x", 100), strings.Repeat("x", 100)},
		{"a longer one does not", strings.Repeat("x", 101), strings.Repeat("x", 60) + "~"},
	}

	safe := regexp.MustCompile(`^[A-Za-z0-9._%~-]{1,100}$`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := dsr.EncodeSegment(tt.in)
			if prefix := strings.SplitAfter(tt.want, "~")[0]; !strings.HasPrefix(got, prefix) || (prefix == tt.want && !strings.HasSuffix(tt.want, "~") && got != tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if !safe.MatchString(got) || got == "." || got == ".." || strings.HasSuffix(got, ".") {
				t.Errorf("%q is no safe segment", got)
			}
		})
	}

	if dsr.EncodeSegment("a.") == dsr.EncodeSegment("a..") {
		t.Error("two names became one")
	}
	if got := dsr.EncodeSegment(strings.Repeat("x", 57) + "é" + strings.Repeat("x", 50)); strings.Contains(got, "%C~") || strings.Contains(got, "%~") {
		t.Errorf("an escape was cut: %q", got)
	}
}

func FuzzArtifactPathsStayBelowTheirFolder(f *testing.F) {
	for _, s := range []string{"outputs/model.pkl", "../../x", "/etc/passwd", "a//b", ".", "a/./b/../c", strings.Repeat("a/", 600), strings.Repeat("é", 2000), "a\x00b\\c", "%2e%2e/%2F"} {
		f.Add(s)
	}

	f.Fuzz(func(t *testing.T, path string) {
		got := dsr.EncodeArtifactPath(path)
		if len(got) > 966 || strings.HasPrefix(got, "/") || strings.HasSuffix(got, "/") || strings.HasSuffix(got, ".") {
			t.Fatalf("%q became %q", path, got)
		}

		for _, s := range strings.Split(got, "/") {
			if s == "" || s == "." || s == ".." || strings.HasSuffix(s, ".") {
				t.Fatalf("%q became %q", path, got)
			}
		}
	})
}

func TestNames(t *testing.T) {
	target := dsr.Target{
		Level:          dsr.Project,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "a",
		Workspace:      "w",
		Project:        "p q",
	}
	k := dsr.Task{
		SchemaVersion: "1.0",
		RequestID:     "r",
		Attempt:       2,
		Node:          "00003",
		Pass:          1,
		Page:          17,
		Chunk:         4,
		Type:          "runs",
		Hop:           3,
	}
	subTask := k
	subTask.Node, subTask.Type = "00003~0123456789abcdef", "artifacts"

	for got, want := range map[string]string{
		k.PageBlob():             "r/2/pages/00003/1-000017.json",
		k.ReceiptBlob():          "r/2/receipts/00003/1-000017-00004-runs.json",
		k.HopBlob(4):             "r/2/hops/00003/1-000017-00004-runs/0004.json",
		k.PartBlob(target):       "r/2/data/runs/s/g/a/w/p%20q/part-1-000017-00004.json",
		k.AnswerBlob(target):     "r/2/data/runs/s/g/a/w/p%20q/page-1-000017.json",
		subTask.PartBlob(target): "r/2/data/artifacts/s/g/a/w/p%20q/~0123456789abcdef/part-1-000017-00004.json",
		subTask.ReceiptBlob():    "r/2/receipts/00003~0123456789abcdef/1-000017-00004-artifacts.json",
		k.Of().Open():            "_open/r~2",
		k.Of().Plan():            "r/2/plan.json",
		k.Of().ManifestPart(1, strings.Repeat("ab", 32)):               "r/2/manifest/part-00001-abababababababab.json",
		k.Of().Expires(time.Date(2026, 12, 24, 23, 0, 0, 0, time.UTC)): "_expires/2026-12-24~r~2",
		k.ArtifactBlob(target, "run 1", "out/../a"):                    "r/2/data/artifacts/s/g/a/w/p%20q/content/run%201/out/" + dsr.EncodeSegment("..") + "/a",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}

	if k.MessageID() != k.ID()+".3" || len(k.ID()) != 32 {
		t.Errorf("message id %q of task %q", k.MessageID(), k.ID())
	}

	other := k
	other.Hop = 9
	if other.ID() != k.ID() {
		t.Error("a resend changed the task's id")
	}
	if dsr.SubNodeName("00003", "artifacts", "x") == dsr.SubNodeName("00003", "run-artifacts", "x") {
		t.Error("two types that follow one item share a sub-node")
	}
}

func TestTargetsSurviveTheirID(t *testing.T) {
	for _, want := range []dsr.Target{
		{Level: dsr.HostingAccount, SubscriptionID: "S", ResourceGroup: "g", Location: "eastus2", Account: "a"},
		{Level: dsr.ExperimentationAccount, SubscriptionID: "S", ResourceGroup: "g", Account: "a"},
		{Level: dsr.Workspace, SubscriptionID: "S", ResourceGroup: "g", Account: "a", Workspace: "w"},
		{Level: dsr.Project, SubscriptionID: "S", ResourceGroup: "g", Account: "a", Workspace: "w", Project: "p"},
		{Level: dsr.MachineLearningWorkspace, SubscriptionID: "S", ResourceGroup: "g", Workspace: "w"},
		{Level: dsr.MachineLearningExperiment, SubscriptionID: "S", ResourceGroup: "g", Workspace: "w", Name: "e-1"},
		{Level: dsr.FeatureSet, SubscriptionID: "S", ResourceGroup: "g", Workspace: "w", Name: "f"},
		{Level: dsr.Registry, SubscriptionID: "S", ResourceGroup: "g", Name: "r"},
		{Level: dsr.ResourceGroup, SubscriptionID: "S", ResourceGroup: "g"},
	} {
		got, err := dsr.ParseTarget(want.ID(), want.Location)
		if err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}

	for _, id := range []string{"", "/subscriptions/s", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Other/accounts/a",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/computes/c", "/subscriptions/s/resourceGroups/g/",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningModelManagement/accounts/a/workspaces/w"} {
		if _, err := dsr.ParseTarget(id, ""); err == nil {
			t.Errorf("%q was taken for a target", id)
		}
	}
}

func TestTaskMessagesFromOutside(t *testing.T) {
	valid := `{"schemaVersion":"1.0","requestId":"r","attempt":1,"node":"00001","generation":1,"page":1,"chunk":0,"type":"runs","hop":0}`
	if _, err := dsr.DecodeTask([]byte(valid)); err != nil {
		t.Fatal(err)
	}

	for field, change := range map[string][2]string{
		"schemaVersion": {`"1.0"`, `"2.0"`}, "requestId": {`"r"`, `"../r"`}, "attempt": {`"attempt":1`, `"attempt":0`},
		"node": {`"00001"`, `"1"`}, "generation": {`"generation":1`, `"generation":4`}, "page": {`"page":1`, `"page":1000000`},
		"chunk": {`"chunk":0`, `"chunk":-1`}, "type": {`"runs"`, `"../runs"`}, "hop": {`"hop":0`, `"hop":10000`},
		"parent": {`"hop":0`, `"hop":0,"parent":{"generation":1,"page":1,"chunk":0}`},
	} {
		_, err := dsr.DecodeTask([]byte(strings.Replace(valid, change[0], change[1], 1)))
		if dsr.ClassOf(err) != dsr.NoTask || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: error %v, want one of class noTask that names it", field, err)
		}
	}
}

func FuzzDecodeTask(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":"1.0","requestId":"r","attempt":1,"node":"00001~0123456789abcdef","generation":1,"page":1,"chunk":0,"type":"runs","hop":0,"parent":{"generation":1,"page":1,"chunk":0}}`))
	f.Add([]byte(`{"LockToken":"x","subject":{},"sys":1}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		k, err := dsr.DecodeTask(body)
		if err != nil {
			return
		}

		for _, name := range []string{k.PageBlob(), k.ReceiptBlob(), k.HopBlob(k.Hop)} {
			if !strings.HasPrefix(name, k.RequestID+"/") || strings.Contains(name, "..") || strings.Contains(name, "//") {
				t.Errorf("task %q names %q", body, name)
			}
		}
	})
}

func TestDue(t *testing.T) {
	for submitted, want := range map[string]string{
		"2026-11-23T10:00:00Z": "2026-12-23T10:00:00Z",
		"2026-01-31T10:00:00Z": "2026-02-28T10:00:00Z",
		"2026-01-31T23:59:59Z": "2026-02-28T23:59:59Z",
		"2028-01-30T10:00:00Z": "2028-02-29T10:00:00Z",
		"2028-01-31T23:59:00Z": "2028-02-29T23:59:00Z",
		"2028-02-29T23:59:00Z": "2028-03-29T23:59:00Z",
		"2026-03-31T23:59:59Z": "2026-04-30T23:59:59Z",
		"2026-12-31T00:00:00Z": "2027-01-31T00:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, submitted)
		if err != nil {
			t.Fatal(err)
		}
		if got := dsr.Due(at).Format(time.RFC3339); got != want {
			t.Errorf("submitted %s: due %s, want %s", submitted, got, want)
		}
	}
}

func TestChecksSlowDownWithoutProgress(t *testing.T) {
	o := dsr.OpenRecord{}
	if got := o.NextInterval(3); got != 5*time.Second {
		t.Errorf("first check: %s", got)
	}

	o.LastCheck = &dsr.Check{
		Receipts: 3,
		Interval: 64 * time.Second,
		Took:     3 * time.Second,
		At:       time.Unix(100, 0),
	}

	if got := o.NextInterval(4); got != 5*time.Second {
		t.Errorf("after progress: %s, want 5s", got)
	}
	if got := o.NextInterval(3); got != 128*time.Second {
		t.Errorf("without progress: %s, want twice as long", got)
	}

	o.LastCheck.Interval = 256 * time.Second

	if got := o.NextInterval(3); got != 5*time.Minute {
		t.Errorf("after long without: %s, want 5m", got)
	}
	if got := o.RestUntil(dsr.WakeUp{}, time.Now()); !got.Equal(time.Unix(130, 0)) {
		t.Errorf("rests until %s, want ten times its duration", got)
	}
	if got := o.RestUntil(dsr.WakeUp{Last: true}, time.Now()); !got.Equal(time.Unix(109, 0)) {
		t.Errorf("rests until %s where nothing may be left to do, want three times its duration", got)
	}

	a, b := dsr.CheckAt(time.Unix(100, 5), 8*time.Second), dsr.CheckAt(time.Unix(103, 9), 8*time.Second)
	if !a.Equal(b) || a.Unix()%8 != 0 {
		t.Errorf("chains of one interval don't meet: %s and %s", a, b)
	}
}

func TestAStretchIsKnownByItsName(t *testing.T) {
	k := dsr.Task{
		RequestID: "r",
		Attempt:   1,
		Node:      "00001",
		Pass:      1,
		Page:      2,
		Chunk:     3,
		Type:      "runs",
	}
	sub := k
	sub.Node = dsr.SubNodeName(k.Node, k.Type, "item")
	place := dsr.Target{SubscriptionID: "s", ResourceGroup: "g", Account: strings.Repeat("long", 60)}
	for _, of := range []string{k.PartBlob(place), k.AnswerBlob(place), sub.PartBlob(place), sub.AnswerBlob(place)} {
		for _, n := range []int{1, 42, dsr.MaxStretch} {
			if got, number, ok := dsr.StretchOf(dsr.StretchBlob(of, n)); !ok || got != of || number != n {
				t.Errorf("stretch %d of %s is read as %d of %s, %t", n, of, number, got, ok)
			}
		}

		for _, other := range []string{of, strings.TrimSuffix(of, ".json") + "~1.json", strings.TrimSuffix(of, ".json") + "~0000.json"} {
			if got, _, ok := dsr.StretchOf(other); ok {
				t.Errorf("%s is taken for a stretch of %s", other, got)
			}
		}
	}
}
