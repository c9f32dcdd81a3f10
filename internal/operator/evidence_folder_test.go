package operator_test

import (
	"strings"
	"testing"

	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
	"azureml-dsr/internal/verify"
)

func TestAFolderListsInOrderOfWholeNames(t *testing.T) {
	s := operatortest.Closed(t)
	dir := t.TempDir()
	s.Put(s.Audit, "req-1/1/data-sheet", "x") // after data/… in a folder's own order
	o, _ := s.Operator(operatortest.Time)
	_, err := o.Download(t.Context(), "req-1", dir, nil)
	s.Must(err)
	stored, _, err := o.StoredEvidence(t.Context(), "req-1", 0)
	s.Must(err)
	folder, err := operator.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()

	for _, prefix := range []string{"req-1/", "req-1/1/p", "req-1/1/pages/", "req-1/1/receipts/0000", "req-1/none/", "req-1/request.json/", "req-9/"} {
		want, got := listedNames(t, stored, prefix), listedNames(t, folder, prefix)
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: listed\n%s\nwant\n%s", prefix, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}

	for _, name := range []string{"req-1/none", "req-1/../req-1/request.json", "req-9/request.json", "req-1/"} {
		if body, err := folder.Open(t.Context(), name); err == nil {
			t.Errorf("%s was opened", name)
			_ = body.Close()
		}
	}
}

func listedNames(t *testing.T, e verify.Evidence, prefix string) (out []string) {
	t.Helper()
	for name, err := range e.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	return out
}
