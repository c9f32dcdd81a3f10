package operator

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestWhatIsLeftOutIsToldInWordsReasonByReason(t *testing.T) {
	got := LeftOutOf([]dsr.NotCovered{
		{What: "runs", Why: "notRequested"},
		{What: "notebooks", Why: "in the file share of the workspace"},
		{What: "models", Why: "notRequested"},
	})
	want := []LeftOut{
		{What: []string{"runs", "models"}, Why: "the request does not ask for these resource types"},
		{What: []string{"notebooks"}, Why: "in the file share of the workspace"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if LeftOutOf(nil) != nil {
		t.Error("nothing is left out of nothing")
	}
}

// TestEachCodeOfTheRecordsHasWords finds the codes in the source of what writes them.
func TestEachCodeOfTheRecordsHasWords(t *testing.T) {
	files, err := filepath.Glob("../fanout/*.go")
	if err != nil {
		t.Fatal(err)
	}

	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`NotCovered\{What: [^}]*Why: "([A-Za-z]+)"`).FindAllSubmatch(source, -1) {
			found++
			if leftOutWords[string(m[1])] == "" {
				t.Errorf("%s: %s has no words", filepath.Base(file), m[1])
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d codes were found", found)
	}
}
