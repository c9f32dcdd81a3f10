package api_test

import (
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator/operatortest"
)

// What is ordered by HTTP is on record with who has signed in to order it.
func TestEachOrderRecordsWhoGaveIt(t *testing.T) {
	who := "[oid " + ada + ", tid " + tenant + "]"
	open := func() *operatortest.Stored {
		s := operatortest.New(t)
		s.Open()
		s.MakePlan()
		return s
	}
	failed := func() *operatortest.Stored {
		s := open()
		s.List(s.Task(1, 0), operatortest.AccountID)
		s.Fail(s.Task(1, 0))
		s.CloseAttempt()
		return s
	}
	parked := func() *operatortest.Stored {
		s := operatortest.New(t)
		s.Must(s.Ledger.RecordPoison(t.Context(), dsr.DeadLetter{Queue: dsr.QueueExports, SequenceNumber: 7, EnqueuedTime: operatortest.Time, Body: []byte("{}")}))
		return s
	}

	for name, tt := range map[string]struct {
		stored             *operatortest.Stored
		method, path, body string
		record             string // part of the record's name
	}{
		"a cancel":      {open(), http.MethodDelete, "/api/requests/req-1", `{"reason":"case 4711"}`, "/cancel.json"},
		"an extension":  {open(), http.MethodPost, "/api/requests/req-1/extend", `{"reason":"case 4711"}`, "/extension.json"},
		"a retry":       {failed(), http.MethodPost, "/api/requests/req-1/retry", `{"reason":"case 4711"}`, "/retry.json"},
		"a hold":        {open(), http.MethodPost, "/api/holds", `{"on":"run-1","reason":"case 4711"}`, "_holds/"},
		"a dead letter": {parked(), http.MethodPost, "/api/deadletters/poison/dsr-exports~20261123T100000Z-7/purge", `{"reason":"case 4711"}`, "_disposals/"},
	} {
		t.Run(name, func(t *testing.T) {
			w := deployed(t, tt.stored).do(call{method: tt.method, path: tt.path, body: tt.body, header: as(ada, "DSR.Operate")})
			if w.Code >= 300 {
				t.Fatalf("answered %d %s", w.Code, w.Body)
			}

			for info, err := range tt.stored.Audit.Backend().List(t.Context(), "", "") {
				tt.stored.Must(err)
				if !strings.Contains(info.Name, tt.record) {
					continue
				}
				body, _, err := tt.stored.Audit.Read(t.Context(), info.Name, 1<<20)
				tt.stored.Must(err)
				if !strings.Contains(string(body), who) || !strings.Contains(string(body), "case 4711") {
					t.Errorf("recorded %s", body)
				}
				return
			}
			t.Error("nothing is on record")
		})
	}
}

func TestAHoldOnWhatCanBeNothingIsRefused(t *testing.T) {
	for name, on := range map[string]string{
		"nothing":             "",
		"an address":          "https://management.azure.com/subscriptions/s",
		"a path of none":      "/tenants/t",
		"an endless text":     strings.Repeat("a", 2001),
		"a control character": `run-1\u0000`,
	} {
		t.Run(name, func(t *testing.T) {
			s := local(t, operatortest.New(t))
			w := s.post("/api/holds", `{"on":"`+on+`","reason":"case 4711"}`)
			want(t, w, http.StatusBadRequest, "InvalidInput")
			if got := decoded[struct{ Errors []struct{ Field string } }](t, w); len(got.Errors) != 1 || got.Errors[0].Field != "on" {
				t.Errorf("told %s", w.Body)
			}
		})
	}
}
