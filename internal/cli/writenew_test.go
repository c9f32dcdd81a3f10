package cli_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
)

func TestWriteNewKeepsWhatIsThereAndLeavesNoHalf(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "copy.zip")
	broken := errors.New("broken off")
	if _, err := cli.WriteNew(name, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broken
	}); !errors.Is(err, broken) {
		t.Errorf("the error of writing is %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("what broke off leaves %v", left)
	}

	done, err := cli.WriteNew(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "whole")
		return err
	})
	if body, _ := os.ReadFile(name); err != nil || string(body) != "whole" || done.Bytes != 5 {
		t.Errorf("%q, %+v, %v", body, done, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}

	// Somebody else's file, made before or while it is written, is kept.
	_, err = cli.WriteNew(name, func(io.Writer) error { t.Error("it is written"); return nil })
	if err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("an existing file: %v", err)
	}
	late := filepath.Join(dir, "late.zip")
	if _, err := cli.WriteNew(late, func(io.Writer) error { return os.WriteFile(late, []byte("theirs"), 0o600) }); err == nil {
		t.Error("a file that was made meanwhile is replaced")
	}
	if body, _ := os.ReadFile(late); string(body) != "theirs" {
		t.Errorf("it is %q", body)
	}
}
