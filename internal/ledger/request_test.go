package ledger_test

import (
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

func TestASubjectThatIsGoneIsAnErrorAndNotEverybody(t *testing.T) {
	jo := &dsr.Subject{ObjectID: "5c1d"}
	for name, tt := range map[string]struct {
		recorded bool         // the request
		about    *dsr.Subject // the subject that the request names
		stored   *dsr.Subject // in subject.json
		gone     bool         // whether subject.json is missing
		fails    bool
	}{
		"it is there":                     {true, jo, jo, false, false},
		"it is gone":                      {true, jo, nil, true, true},
		"it says nobody":                  {true, jo, nil, false, true},
		"a request about everybody":       {true, nil, nil, false, false},
		"about everybody, and it is gone": {true, nil, nil, true, false},
		"nothing is recorded yet":         {false, jo, nil, true, false},
	} {
		l := ledger.New(archive.New(memory.New(), nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil))
		if tt.recorded {
			if _, err := l.RecordRequest(t.Context(), dsr.RequestRecord{Request: dsr.Request{ID: "r", Subject: tt.about}}); err != nil {
				t.Fatal(err)
			}
		}

		if !tt.gone {
			if _, err := l.RecordSubject(t.Context(), "r", tt.stored); err != nil {
				t.Fatal(err)
			}
		}

		got, err := l.Subject(t.Context(), "r")
		if tt.fails {
			if dsr.ClassOf(err) != dsr.Transient || dsr.ReasonOf(err) != dsr.ReasonSubjectMissing || !strings.Contains(err.Error(), "r/subject.json") {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}

		if err != nil || (got == nil) != (tt.stored == nil) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
