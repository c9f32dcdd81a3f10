package dsr_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestNamesOfClosedAttemptsCountDown(t *testing.T) {
	a := dsr.Attempt{RequestID: "req-1", Number: 2}
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	name := a.Closed(at)
	if later := a.Closed(at.Add(time.Second)); later >= name || len(later) != len(name) {
		t.Errorf("%s does not sort before %s", later, name)
	}
	if got, read, err := dsr.ParseClosed(name); got != a || !read.Equal(at) || err != nil {
		t.Errorf("%s is read as %+v, %s, %v", name, got, read, err)
	}

	for _, wrong := range []string{
		"", "_closed/", "_closed/99999999999", "_closed/1~req-1~1", "_closed/x9999999999~req-1~1", "_closed/99999999999~../x~1", "_closed/99999999999~req-1~0", "_open/req-1~1",
	} {
		if _, _, err := dsr.ParseClosed(wrong); err == nil {
			t.Errorf("%q is the name of a closed attempt", wrong)
		}
	}
}
