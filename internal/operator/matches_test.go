package operator_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
	"azureml-dsr/internal/verify"
)

// exported stores a closed export of three documents, of which one may name the subject.
func exported(t *testing.T, subject *dsr.Subject, names string) *operatortest.Stored {
	t.Helper()
	s := operatortest.New(t)
	s.Subject, s.Names = subject, names
	s.Open()
	s.MakePlan()
	s.List(s.Task(1, 0), operatortest.AccountID)
	s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
	s.List(s.Task(2, 0), "one", "two")
	s.Work(s.Task(2, 0), "E03", "one")
	s.Work(s.Task(2, 1), "E03", "two")
	s.CloseAttempt()
	return s
}

func TestAnExportSaysHowMuchOfItNamesTheSubject(t *testing.T) {
	none, one := int64(0), int64(1)
	ada := &dsr.Subject{ObjectID: "o-1"}
	for name, tt := range map[string]struct {
		subject *dsr.Subject
		names   string
		want    *int64
	}{
		"one document names the person": {ada, "two", &one},
		"the person isn't there":        {ada, "", &none},
		"the request names nobody":      {nil, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := exported(t, tt.subject, tt.names).Operator(operatortest.Time)
			status, err := o.Status(t.Context(), "req-1")
			if err != nil {
				t.Fatal(err)
			}
			downloaded, err := o.Download(t.Context(), "req-1", t.TempDir(), nil)
			if err != nil {
				t.Fatal(err)
			}
			evidence, attempts, err := o.StoredEvidence(t.Context(), "req-1", 0)
			if err != nil {
				t.Fatal(err)
			}
			verified, err := operator.Verify(t.Context(), evidence, attempts[0], &verify.Options{})
			if err != nil {
				t.Fatal(err)
			}

			for from, got := range map[string]*operator.Matches{"status": status.Exported, "download": downloaded.Exported, "verify": verified.Exported} {
				if got == nil || got.Documents != 3 || got.Uncounted || !same(got.Matching, tt.want) {
					t.Errorf("%s: %+v", from, got)
				}
			}
		})
	}
}

func same(got, want *int64) bool {
	return (got == nil) == (want == nil) && (got == nil || *got == *want)
}

// A status is not lost because a document can't be read: that is for verify to find.
func TestWhatCannotBeReadIsNotCounted(t *testing.T) {
	for name, spoil := range map[string]func(*operatortest.Stored, string){
		"removed": func(s *operatortest.Stored, part string) {
			s.Must(s.Exports.Backend().Delete(t.Context(), part))
		},
		"damaged": func(s *operatortest.Stored, part string) {
			s.Must(s.Exports.Backend().Delete(t.Context(), part))
			s.Put(s.Exports, part, "x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := exported(t, &dsr.Subject{ObjectID: "o-1"}, "two")
			target, err := dsr.ParseTarget(operatortest.AccountID, "")
			s.Must(err)
			spoil(s, s.Task(2, 1).PartBlob(target))

			o, _ := s.Operator(operatortest.Time)
			status, err := o.Status(t.Context(), "req-1")
			if err != nil || status.Exported == nil || !status.Exported.Uncounted || status.Exported.Matching != nil {
				t.Errorf("%+v, %v", status.Exported, err)
			}
		})
	}
}

// What is closed never changes, so it is counted once, however often somebody looks.
func TestAStatusIsCountedOnce(t *testing.T) {
	s := exported(t, &dsr.Subject{ObjectID: "o-1"}, "two")
	o, _ := s.Operator(operatortest.Time)
	target, err := dsr.ParseTarget(operatortest.AccountID, "")
	s.Must(err)

	for range 2 {
		status, err := o.Status(t.Context(), "req-1")
		if err != nil || status.Exported == nil || status.Exported.Matching == nil || *status.Exported.Matching != 1 {
			t.Fatalf("%+v, %v", status.Exported, err)
		}
		s.Must(s.Exports.Backend().Delete(t.Context(), s.Task(2, 1).PartBlob(target))) // the second time finds it gone
	}
}
