package cli

import (
	"strings"
	"testing"
)

func TestConfirmTakesOnlyAYes(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, " Yes \n": true, "n\n": false, "\n": false, "": false, "yep\n": false} {
		var errOut strings.Builder
		e := &Env{Streams: Streams{In: strings.NewReader(answer), Err: &errOut}}
		if got := e.Confirm(t.Context(), "Sure?"); got != want {
			t.Errorf("%q: %t", answer, got)
		}
		if errOut.String() != "Sure? [y/N] " {
			t.Errorf("asked %q", errOut.String())
		}
	}
}
