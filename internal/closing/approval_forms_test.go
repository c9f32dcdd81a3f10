package closing_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/closing"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

func TestAnApprovalIsTakenAsItIsWritten(t *testing.T) {
	plain := func(s string) string { return s }
	for name, c := range map[string]struct {
		hash, body func(string) string
		refused    string
	}{
		"a hash as Get-FileHash prints it": {strings.ToUpper, plain, ""},
		"a hash with a line break":         {func(s string) string { return " " + s + "\n" }, plain, ""},
		"a hash cut short":                 {func(s string) string { return s[1:] }, plain, "/planSha256"},
		"after a byte order mark":          {plain, func(s string) string { return "\ufeff" + s }, ""},
		"in UTF-16":                        {plain, func(s string) string { return "\xff\xfe{\x00" }, "UTF-16; send UTF-8"},
		"nothing":                          {plain, func(string) string { return "" }, "empty"},
	} {
		store := memory.New()
		l := ledger.New(archive.New(store, nil), archive.New(store, nil), archive.New(memory.New(), nil))
		if _, err := l.RecordRequest(t.Context(), dsr.RequestRecord{Request: dsr.Request{ID: "r", SubmittedBy: "desk"}}); err != nil {
			t.Fatal(err)
		}
		_, sum, err := l.RecordDeletionPlan(t.Context(), dsr.DeletionPlan{RequestID: "r", Attempt: 1})
		if err != nil {
			t.Fatal(err)
		}
		word, err := json.Marshal(map[string]string{"requestId": "r", "planSha256": c.hash(sum), "approvedBy": "officer"})
		if err != nil {
			t.Fatal(err)
		}

		v := closing.Approvals{
			Ledger:  l,
			Wakeups: wakeup.New(&sent{}, time.Now),
			Now:     time.Now,
			Logger:  slog.New(slog.DiscardHandler),
		}
		err = v.Accept(t.Context(), []byte(c.body(string(word))))

		stored, approved, readErr := l.Approval(t.Context(), dsr.Attempt{RequestID: "r", Number: 1})
		if readErr != nil || approved != (c.refused == "") || (approved && stored.PlanSHA256 != sum) {
			t.Errorf("%s: %+v, %t, %v", name, stored, approved, readErr)
		}
		if (err == nil) != (c.refused == "") || (err != nil && !strings.Contains(err.Error(), c.refused)) {
			t.Errorf("%s: %v, want %q", name, err, c.refused)
		}
	}
}
