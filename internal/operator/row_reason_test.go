package operator_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// partlyFailed stores a closed request whose models may not be read.
func partlyFailed(t *testing.T) *operatortest.Stored {
	t.Helper()
	s := operatortest.New(t)
	s.Open()
	s.MakePlan()
	s.List(s.Task(1, 0), operatortest.AccountID)
	s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
	s.List(s.Task(2, 0), "one")
	s.Fail(s.Task(2, 0))
	s.CloseAttempt()
	return s
}

func TestARowSaysWhyMostOfARequestFailed(t *testing.T) {
	for name, tt := range map[string]struct {
		stored *operatortest.Stored
		want   string
	}{
		"it failed in part": {partlyFailed(t), dsr.ReasonForbidden},
		"it succeeded":      {operatortest.Closed(t), ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := tt.stored.Operator(operatortest.Time)
			listed, err := o.List(t.Context(), operator.ListOptions{All: true})
			if err != nil || len(listed) != 1 || listed[0].Reason != tt.want {
				t.Errorf("listed %+v, %v", listed, err)
			}
			page, err := o.Page(t.Context(), operator.PageOptions{})
			if err != nil || len(page.Rows) != 1 || page.Rows[0].Reason != tt.want {
				t.Errorf("a page of %+v, %v", page.Rows, err)
			}
		})
	}
}

func TestTheReasonOfWhatAnEarlierVersionClosedIsRead(t *testing.T) {
	s := partlyFailed(t)
	marks, _, err := s.Ledger.ListClosed(t.Context(), "", 0)
	s.Must(err)
	name := dsr.ClosedPrefix + marks[0].Name
	s.Must(s.Index.Backend().Delete(t.Context(), name))
	_, err = s.Index.Create(t.Context(), name, []byte("{}"), map[string]string{"kind": "export", "status": "partiallyFailed", "failures": "1"})
	s.Must(err)

	o, _ := s.Operator(operatortest.Time)
	page, err := o.Page(t.Context(), operator.PageOptions{})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].Reason != dsr.ReasonForbidden {
		t.Errorf("a page of %+v, %v", page.Rows, err)
	}
}
