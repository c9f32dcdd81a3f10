package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestAFolderIsForOneProcess(t *testing.T) {
	t.Chdir(t.TempDir())
	free, err := occupyFolder("local")
	if err != nil {
		t.Fatal(err)
	}

	for range 2 { // a refusal takes nothing away
		_, err = occupyFolder("local")
		if want := fmt.Sprintf("already running here, pid %d;", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("got %v, want %q", err, want)
		}
	}
	other, err := occupyFolder("demo") // it has files of its own
	if err != nil {
		t.Fatal(err)
	}
	if err := other(); err != nil {
		t.Error(err)
	}

	if err := free(); err != nil {
		t.Fatal(err)
	}
	free, err = occupyFolder("local")
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := free(); err != nil {
		t.Error(err)
	}
}
