package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/stack"
)

// standIn is a program that records how it was called, an argument a line.
const standIn = "#!/bin/sh\n{ echo \"== ${0##*/}\"; printf '%s\\n' \"$@\"; } >> \"$CALLS\"\n"

// TestTheDrillGoesAsThePageSays runs the blocks of docs/recovery.md: one installation exports,
// its evidence and documents are copied into an empty one, are whole there, and are retried.
func TestTheDrillGoesAsThePageSays(t *testing.T) {
	blocks := bashBlocks(t, "../../docs/recovery.md")
	if len(blocks) != 4 {
		t.Fatalf("the page has %d blocks: copying, verifying, retrying, and the index", len(blocks))
	}

	account := testAccount(8)
	first := startTestStack(t, stack.Options{Account: account, Faults: []fake.Fault{{Endpoint: "E16", Status: 403, Match: "run-000001"}}})
	if m := first.export(t); m.Status != dsr.StatusPartiallyFailed {
		t.Fatalf("closed as %s", m.Status)
	}
	drill := startTestStack(t, stack.Options{Account: account})
	mustDo(t, func() error { return drill.connections.Index.Backend().EnsureContainer(t.Context()) })

	for _, call := range first.page(t, blocks[0]) {
		if len(call) != 5 || call[0] != "azcopy" || call[1] != "copy" || call[4] != "--recursive" {
			t.Fatalf("the page calls %q", call)
		}
		copyContainer(t, first.container(t, call[2], "dsrcontoso"), drill.container(t, call[3], "dsrdrill"))
	}

	id := first.request.ID
	if out := drill.output(t, blocks[1]); !regexp.MustCompile(`\nok  ` + id + `  attempt=1 .*\n$`).MatchString(out) {
		t.Errorf("verifying prints:\n%s", out)
	}
	if out := drill.output(t, blocks[2]); !strings.Contains(out, "ok  "+id+"  attempt=2  succeeded") {
		t.Errorf("retrying prints:\n%s", out)
	}

	want := []string{"_open/" + id + "~1", "_open/" + id + "~2"}
	for i, call := range drill.page(t, blocks[3]) {
		if name := strings.Join(call, " "); i >= len(want) || !strings.Contains(name, " --container-name dsr-index --name "+want[i]+" --data {} ") {
			t.Errorf("the index: %s", name)
		}
	}
}

// TestEveryTestThatTheRunbookNamesExists holds docs/recovery.md to its word.
func TestEveryTestThatTheRunbookNamesExists(t *testing.T) {
	page, err := os.ReadFile("../../docs/recovery.md")
	if err != nil {
		t.Fatal(err)
	}

	tests := map[string]bool{}
	for _, folder := range []string{"test/simulation", "test/faults", "cmd/dsr-local"} {
		files, err := filepath.Glob("../../" + folder + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
				tests[string(m[1])] = true
			}
		}
	}

	named := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(page, -1)
	for _, m := range named {
		if !tests[string(m[1])] {
			t.Errorf("there is no %s", m[1])
		}
	}
	if len(named) < 15 {
		t.Errorf("only %d tests are named", len(named))
	}
}

// bashBlocks returns the blocks of commands of a page.
func bashBlocks(t *testing.T, page string) (out []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```bash\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	return out
}

// output runs a block of a page with the stack's settings and returns what it prints.
func (d *demo) output(t *testing.T, block string, env ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", block)
	cmd.Env = append(append(os.Environ(), d.stack.Env()...), env...)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s%s", err, block, out, &problems)
	}

	return string(out)
}

// page runs a block with stand-ins for Azure's tools, and returns how it calls them.
func (d *demo) page(t *testing.T, block string) (calls [][]string) {
	t.Helper()
	dir := t.TempDir()
	for _, tool := range []string{"azcopy", "az"} {
		if err := os.WriteFile(filepath.Join(dir, tool), []byte(standIn), 0o755); err != nil {
			t.Fatal(err)
		}
	}

	log := filepath.Join(dir, "calls")
	d.output(t, block, "CALLS="+log, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for call := range strings.SplitSeq(strings.TrimPrefix(string(text), "== "), "\n== ") {
		calls = append(calls, strings.Split(strings.TrimSpace(call), "\n"))
	}

	return calls
}

// container returns the stack's container of an address on the page.
func (d *demo) container(t *testing.T, address, account string) archive.Backend {
	t.Helper()
	name, ok := strings.CutPrefix(address, "https://"+account+".blob.core.windows.net/")
	switch c := d.connections; {
	case ok && name == "dsr-audit":
		return c.Audit.Backend()
	case ok && name == "dsr-exports":
		return c.Exports.Backend()
	}
	t.Fatalf("the page copies %s", address)
	return nil
}

// copyContainer copies all blobs with their metadata.
func copyContainer(t *testing.T, from, to archive.Backend) {
	t.Helper()
	if err := to.EnsureContainer(t.Context()); err != nil {
		t.Fatal(err)
	}
	for info, err := range from.List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		body, _, err := from.Open(t.Context(), info.Name, 0)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		_ = body.Close()
		if err == nil {
			err = to.Put(t.Context(), info.Name, text, info.Metadata)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
