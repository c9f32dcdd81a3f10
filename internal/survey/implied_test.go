package survey_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

func TestTasksGoOnBehindAnyOfThem(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}, dsr.Node{Type: "models"}, dsr.Node{Type: "images"})
	lines := []string{
		"00001 1-1 next 2", "00001 1-1-0 runs", "00001 1-2 continues 1", "00001 2-1 next 2", "00001 2-1-1 runs", "00001 2-2 last 1",
		"00002 1-1 last 3", "00002 1-1-1 models",
	}

	behind := func(name string) (names []string) {
		store := history{plan, lines}.store(t, 2, func(left int) int { return left })
		for f, err := range survey.New(store, plan).TasksBehind(t.Context(), name) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, f.Task.ReceiptName())
		}
		return names
	}

	all := behind("")
	if len(all) != 10 {
		t.Fatalf("%d tasks: %v", len(all), all)
	}

	for i, name := range all {
		if diff := cmp.Diff(append([]string(nil), all[i+1:]...), behind(name)); diff != "" {
			t.Errorf("behind %s (-want +got):\n%s", name, diff)
		}
	}

	for range (survey.New(history{plan, lines}.store(t, 2, func(left int) int { return left }), plan)).TasksBehind(t.Context(), "nonsense") {
		return // an error
	}

	t.Error("what is no receipt's name is taken for one")
}
