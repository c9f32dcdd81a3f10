package archive_test

import (
	"math"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// longTask returns a task with the longest name that a task may have.
func longTask(id string) dsr.Task {
	return dsr.Task{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     id,
		Attempt:       math.MaxInt,
		Node:          dsr.NodeName(dsr.MaxNode),
		Pass:          dsr.MaxPass,
		Page:          dsr.MaxPage,
		Chunk:         dsr.MaxChunk,
		Type:          strings.Repeat("t", 40),
		Hop:           dsr.MaxHop,
	}
}

// longSubTask returns a task of a sub-node with the longest name that it may have.
func longSubTask(id string) dsr.Task {
	t := longTask(id)
	t.Node, t.Parent = dsr.SubNodeName(t.Node, t.Type, "item"), &dsr.Position{}
	return t
}

// FuzzEveryNameFits checks that a store accepts each blob name that an attempt may use.
func FuzzEveryNameFits(f *testing.F) {
	long := strings.Repeat("ü/", 600)
	for _, n := range []int{1, 60, 99, 100, 101, 300} {
		s := strings.Repeat("s", n)
		f.Add(s, s, s, s, s, s, s, strings.Repeat("p", 8*n))
		f.Add(s, s, s, s, s, s, s, strings.Repeat(strings.Repeat("p", n)+"/", 8))
	}

	f.Add("", ".", "..", "a.", "%", "~", long, long)
	f.Add("sub", "rg", "account", "workspace", "project", "name", "run-1", strings.Repeat("outputs/", 103)+"file")
	f.Fuzz(func(t *testing.T, sub, group, account, workspace, project, name, run, path string) {
		target := dsr.Target{
			SubscriptionID: sub,
			ResourceGroup:  group,
			Account:        account,
			Workspace:      workspace,
			Project:        project,
			Name:           name,
		}
		id := strings.Repeat("i", 64)
		for _, k := range []dsr.Task{longTask(id), longSubTask(id)} {
			if err := k.Validate(); err != nil {
				t.Fatal(err)
			}

			sum := strings.Repeat("0", 64)
			for _, blob := range []string{
				k.PartBlob(target), k.AnswerBlob(target), k.ArtifactBlob(target, run, path),
				dsr.StretchBlob(k.PartBlob(target), dsr.MaxStretch), dsr.StretchBlob(k.AnswerBlob(target), dsr.MaxStretch),
				k.PageBlob(), k.ReceiptBlob(), k.HopBlob(dsr.MaxHop),
				k.Of().ManifestPart(99_999, sum), k.Of().Open(), k.Of().Plan(), k.Of().Signature(),
			} {
				if err := archive.CheckName(blob); err != nil {
					t.Errorf("%d bytes: %v: %s", len(blob), err, blob)
				}
			}
		}
	})
}

func TestAnArtifactsPathIsShortenedOnlyIfTheWholeNameIsTooLong(t *testing.T) {
	k := dsr.Task{
		RequestID: "r",
		Attempt:   1,
		Node:      "00001",
		Type:      "artifacts",
	}
	short := dsr.Target{SubscriptionID: "s", ResourceGroup: "g", Account: "a"}
	long := short
	long.Workspace, long.Project = strings.Repeat("w", 100), strings.Repeat("p", 100)
	path := strings.Repeat("d/", 40) + strings.Repeat("f", 100) + strings.Repeat("/"+strings.Repeat("e", 99), 7) // 880 bytes
	folder := "r/1/data/artifacts/s/g/a/content/run/"
	if got := k.ArtifactBlob(short, "run", path); got != folder+path {
		t.Errorf("a name of %d bytes became %s", len(folder+path), got)
	}

	got := k.ArtifactBlob(long, "run", path)
	if want := "r/1/data/artifacts/" + long.Path() + "/content/run/~/"; !strings.HasPrefix(got, want) || len(got) != len(want)+64 {
		t.Errorf("got %s", got)
	}
	if other := k.ArtifactBlob(long, "run", path+"x"); other == got {
		t.Error("two paths have one name")
	}
}
