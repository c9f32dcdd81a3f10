package handlers_test

import (
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestARequestBecomesAClosedExport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, smallAccount(), 2)
		defer w.close()
		w.submit(exportRequest)
		w.run(time.Hour)
		got := w.outcome()
		if got.Status != dsr.StatusSucceeded {
			t.Errorf("status %s, failures %v", got.Status, got.Failures)
		}
		for endpoint, want := range map[string]int64{
			"E01": 1, "E02": 1, "E03": 1, "E14": 2, "E16": 3, "E19": 6, "E22": 6, "E23": 9, "E24": 6, "E27": 1, "E28": 1, "E29": 1,
		} {
			if c := got.Totals[endpoint]; c.Documents != want || c.Calls != want {
				t.Errorf("%s: %+v, want %d calls and documents", endpoint, c, want)
			}
		}
		want := "_expires/" + time.Now().AddDate(0, 0, 30).Format(time.DateOnly) + "~request-1~1"
		if index := w.names(w.exports, "_"); len(index) != 1 || index[0] != want {
			t.Errorf("index %v, want only %s", index, want)
		}
	})
}
