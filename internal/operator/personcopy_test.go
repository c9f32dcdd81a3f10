package operator_test

import (
	"bytes"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// copied is a closed request about Ada, of whose two models one is hers.
func copied(t *testing.T) *operatortest.Stored {
	r := operatortest.New(t)
	r.Subject = &dsr.Subject{ObjectID: "o-1"}
	r.Body = func(_, item string) string {
		if item == "one" {
			return `{"name": "one", "createdBy": {"userObjectId": "o-1"}}`
		}
		return `{"name": "other"}`
	}
	r.Open()
	r.MakePlan()
	r.List(r.Task(1, 0), operatortest.AccountID)
	r.List(r.Task(2, 0), "one", "two")
	r.Work(r.Task(1, 0), "E01", operatortest.AccountID)
	r.Work(r.Task(2, 0), "E03", "one")
	r.Work(r.Task(2, 1), "E03", "two")
	r.CloseAttempt()
	return r
}

func TestACopyIsMadeOfTheStoredParts(t *testing.T) {
	r := copied(t)
	o, _ := r.Operator(operatortest.Time)
	var out bytes.Buffer
	var last, total int64
	summary, err := o.WriteCopy(t.Context(), "req-1", &out, operator.CopyOptions{Progress: func(done, all int64) { last, total = done, all }})
	if err != nil || summary.Documents != 1 || out.Len() == 0 {
		t.Errorf("%+v, %v", summary, err)
	}
	if last != 6 || total != 6 {
		t.Errorf("the progress ends at %d of %d", last, total)
	}
}

// What the manifest does not vouch for is not handed over.
func TestNoCopyIsMadeOfDamagedOrMissingParts(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(*operatortest.Stored, string)
		want   string
	}{
		"changed": {
			damage: func(r *operatortest.Stored, part string) {
				body, info, err := r.Exports.Read(t.Context(), part, 1<<20)
				r.Must(err)
				r.Must(r.Exports.Backend().Delete(t.Context(), part))
				r.Must(r.Exports.Backend().Put(t.Context(), part, bytes.Replace(body, []byte(`"one"`), []byte(`"two"`), 1), info.Metadata))
			},
			want: "`dsr verify req-1` says what is wrong",
		},
		"gone": {
			damage: func(r *operatortest.Stored, part string) { r.Must(r.Exports.Backend().Delete(t.Context(), part)) },
			want:   "not stored any more",
		},
	} {
		r := copied(t)
		c.damage(r, partOf(t, r))
		o, _ := r.Operator(operatortest.Time)
		_, err := o.WriteCopy(t.Context(), "req-1", &bytes.Buffer{}, operator.CopyOptions{})
		if operator.KindOf(err) != operator.Refused || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// partOf returns the name of a part that has documents.
func partOf(t *testing.T, r *operatortest.Stored) string {
	t.Helper()
	for info, err := range r.Exports.Backend().List(t.Context(), "req-1/1/data/models/", "") {
		r.Must(err)
		if info.Metadata[archive.MetaDocuments] != "0" {
			return info.Name
		}
	}
	t.Fatal("there is no part")
	return ""
}
