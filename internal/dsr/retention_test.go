package dsr_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestAnExpiryIsReadBackFromItsName(t *testing.T) {
	want := dsr.Attempt{RequestID: "r-1_x", Number: 12}
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	got, gotDay, err := dsr.ParseExpires(want.Expires(day.Add(15 * time.Hour)))
	if err != nil || got != want || !gotDay.Equal(day) {
		t.Errorf("%+v, %s, %v; want %+v on %s", got, gotDay, err, want, day)
	}
}

func TestANameThatIsNoExpiryIsRefused(t *testing.T) {
	for _, name := range []string{
		"", "_expires/", "_expires/2026-11-24", "_expires/2026-11-24~r", "_expires/2026-11-24~r~0", "_expires/2026-11-24~r~x",
		"_expires/2026-13-24~r~1", "_expires/2026-11-24~../x~1", "_expires/2026-11-24~~1", "_open/2026-11-24~r~1",
	} {
		if a, _, err := dsr.ParseExpires(name); err == nil {
			t.Errorf("%q was read as %+v", name, a)
		}
	}
}
