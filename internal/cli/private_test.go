package cli

import (
	"bytes"
	"os"
	"testing"
)

func TestAPrivateFileIsItsOwnersEvenIfItWasReadableBefore(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("f", []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WritePrivate("f", []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("f")
	body, readErr := os.ReadFile("f")
	if err != nil || readErr != nil || info.Mode().Perm() != 0o600 || !bytes.Equal(body, []byte("new")) {
		t.Fatalf("%v %q %v %v", info, body, err, readErr)
	}
}
