package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/functionshost"
	"azureml-dsr/test/emulator/servicebus"
)

// packed makes a package around a stand-in for the binary.
func packed(t *testing.T) (dir, zip string) {
	t.Helper()
	out := t.TempDir()
	binary := filepath.Join(out, "some-binary")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := runIn(t, nil, "package", "--out", out, "--binary", binary); code != cli.ExitDone {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	return filepath.Join(out, "app"), filepath.Join(out, "azureml-dsr.zip")
}

func TestAPackageHasUnixModesAndTheLayoutThatTheHostReads(t *testing.T) {
	dir, path := packed(t)
	want := map[string]string{
		"dsr": "-rwxr-xr-x", "host.json": "-rw-r--r--",
		"dsr_intake/function.json": "-rw-r--r--", "dsr_export/function.json": "-rw-r--r--",
		"dsr_export_redrive/function.json": "-rw-r--r--", "dsr_close/function.json": "-rw-r--r--",
		"dsr_delete/function.json": "-rw-r--r--", "dsr_delete_redrive/function.json": "-rw-r--r--", "dsr_approve/function.json": "-rw-r--r--",
		"dsr_watch/function.json": "-rw-r--r--", "bulk_export/function.json": "-rw-r--r--", "dsr_api/function.json": "-rw-r--r--",
		"dsr_callback/function.json": "-rw-r--r--", "dsr_copy/function.json": "-rw-r--r--",
	}

	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()

	const madeByUnix = 3
	zipped := map[string]string{}
	for _, f := range r.File {
		zipped[f.Name] = f.Mode().String()
		if f.CreatorVersion>>8 != madeByUnix {
			t.Errorf("%s is not marked as made by Unix: its mode doesn't count", f.Name)
		}
	}

	if diff := cmp.Diff(want, zipped); diff != "" {
		t.Errorf("zip (-want +got):\n%s", diff)
	}

	delete(want, "dsr")
	written := map[string]bool{}
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			written[name] = true
		}
		return err
	})
	if err != nil || len(written) != len(want)+1 || !written["dsr"] {
		t.Errorf("folder: %v, %v", written, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "dsr")); err != nil || info.Mode() != 0o755 {
		t.Errorf("the binary's mode: %v, %v", info, err)
	}
}

func TestTheSameFilesMakeTheSameZip(t *testing.T) {
	_, one := packed(t)
	_, two := packed(t)
	a, errA := os.ReadFile(one)
	b, errB := os.ReadFile(two)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Fatalf("two zips of the same files differ (%v, %v)", errA, errB)
	}
}

func TestPackagingAgainLeavesNothingOfTheOldPackage(t *testing.T) {
	out := t.TempDir()
	old := filepath.Join(out, "app", "dsr_old", "function.json")
	binary := filepath.Join(out, "app", "dsr") // as when the packed program packs itself
	if err := os.MkdirAll(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}

	for _, path := range []string{old, binary} {
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	if code, _, errOut := runIn(t, nil, "package", "--out", out, "--binary", binary); code != cli.ExitDone {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	if _, err := os.Stat(old); err == nil {
		t.Fatal("a function of the old package is still there, and would run")
	}
}

func TestTheHostLoadsThePackage(t *testing.T) {
	dir, _ := packed(t)
	app, err := functionshost.Load(dir, config.FromMap(map[string]string{"ServiceBusConnection": busString, "WATCH_SCHEDULE": "0 */15 * * * *", "BULK_EXPORT_SCHEDULE": "0 0 2 * * *"}))
	if err != nil || len(app.Bad) > 0 {
		t.Fatal(err, app)
	}

	got := map[string]string{}
	for _, f := range app.Functions {
		if f.Timer != nil {
			got[f.Name] = f.Binding
			continue
		}
		if f.HTTP != nil {
			got[f.Name] = f.Binding + " " + f.HTTP.AuthLevel
			continue
		}

		queue := f.ServiceBus.Queue
		if f.ServiceBus.DeadLetter {
			queue += "/$DeadLetterQueue"
		}

		got[f.Name] = f.Binding + " " + queue

		if !f.ServiceBus.Binary || f.ServiceBus.AutoComplete || f.ServiceBus.MaxLockRenewal <= app.FunctionTimeout {
			t.Errorf("%s: want binary, settled by us, and a lock renewed for longer than an invocation: %+v", f.Name, f.ServiceBus)
		}
	}

	want := map[string]string{
		"dsr_intake": "message dsr-requests", "dsr_export": "message dsr-exports", "dsr_close": "message dsr-closings",
		"dsr_delete": "message dsr-deletes", "dsr_delete_redrive": "message dsr-deletes/$DeadLetterQueue", "dsr_approve": "message dsr-approvals",
		"dsr_callback":       "message dsr-callbacks",
		"dsr_copy":           "message dsr-copies",
		"dsr_export_redrive": "message dsr-exports/$DeadLetterQueue", "dsr_watch": "timer", "bulk_export": "timer",
		"dsr_api": "req anonymous",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if app.FunctionTimeout != config.FunctionTimeout {
		t.Fatalf("host.json says %s, the settings check %s", app.FunctionTimeout, config.FunctionTimeout)
	}
}

func TestTheQueuesAreThoseThatTheAppUses(t *testing.T) {
	cfg, err := servicebus.ParseConfig(strings.NewReader(azuremldsr.QueuesJSON))
	if err != nil {
		t.Fatal(err)
	}

	byName := map[string]servicebus.QueueConfig{}
	for _, q := range cfg.Queues {
		byName[q.Name] = q
	}

	if len(byName) != 7 || byName[dsr.QueueCallbacks].DuplicateDetectionWindow != 0 || byName[dsr.QueueCopies].DuplicateDetectionWindow != 0 || byName[dsr.QueueDeletes].DuplicateDetectionWindow == 0 || byName[dsr.QueueApprovals].MaxDeliveryCount != 10 || byName[dsr.QueueRequests].DuplicateDetectionWindow != 0 ||
		byName[dsr.QueueExports].DuplicateDetectionWindow == 0 || byName[dsr.QueueClosings].DuplicateDetectionWindow == 0 ||
		byName[dsr.QueueClosings].DeadLetteringOnMessageExpiration {
		t.Fatalf("%+v", byName)
	}
}
