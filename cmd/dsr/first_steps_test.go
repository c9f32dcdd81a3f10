package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/test/emulator/azurite"
)

// fakeMake stands in for make targets that build first. The binary is already there, and
// the fake account is small.
const fakeMake = "#!/bin/sh\nexec .bin/dsr \"$1\" --runs 8\n"

// TestFirstStepsGoAsThePageSays runs the commands of docs/first-steps.md as a newcomer
// does, in two terminals, and compares their output with the page.
func TestFirstStepsGoAsThePageSays(t *testing.T) {
	page := blocks(t, "../../docs/first-steps.md", "console")
	if len(page) != 4 {
		t.Fatalf("the page has %d blocks of commands: the demo, the stack, what goes with it, and what goes without", len(page))
	}

	n := newNewcomer(t)
	n.run(page[0])
	local, out, ended := n.start(steps(page[1])[0].command)
	waitFor(t, ended, func() bool { return strings.Contains(out.String(), "Ctrl-C ends it.") }, out)
	info, err := os.Stat(filepath.Join(n.dir, config.LocalEnvFile()))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the settings hold keys: %v, %v", info, err)
	}

	n.run(page[2])

	if err := local.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}

	if code := <-ended; code != cli.ExitDone {
		t.Errorf("the stack ended with code %d", code)
	}
	if shown := steps(page[1])[0].shown; !matches(out.String(), shown) {
		t.Errorf("the stack printed:\n%s\nthe page shows:\n%s", out, strings.Join(shown, "\n"))
	}
	if _, err := os.Stat(filepath.Join(n.dir, config.LocalEnvFile())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the settings of the ended stack are still there: %v", err)
	}

	n.run(page[3])
}

// newcomer runs commands in the folder of a fresh clone.
type newcomer struct {
	t   *testing.T
	dir string
	env []string
}

func newNewcomer(t *testing.T) *newcomer {
	t.Helper()
	home, err := azurite.FindHome()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	dir, tools := t.TempDir(), t.TempDir()
	err = errors.Join(
		os.Mkdir(filepath.Join(dir, ".bin"), 0o755),
		os.Symlink(self, filepath.Join(dir, ".bin", "dsr")), // by this name it runs as dsr
		os.CopyFS(filepath.Join(dir, "docs/examples"), os.DirFS("../../docs/examples")),
		os.WriteFile(filepath.Join(tools, "make"), []byte(fakeMake), 0o755),
	)
	if err != nil {
		t.Fatal(err)
	}

	return &newcomer{t: t, dir: dir, env: append(os.Environ(), azurite.HomeVariable+"="+home, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))}
}

func (n *newcomer) shell(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir, cmd.Env = n.dir, n.env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	return cmd
}

// run runs a block in one shell and compares each command's output. A command
// must succeed, unless the next one shows its exit code.
func (n *newcomer) run(block string) {
	n.t.Helper()
	commands := steps(block)
	script := ""
	for _, s := range commands {
		script += s.command + "\ncode=$?; echo \"@@ $code\"; (exit $code)\n"
	}

	ctx, cancel := context.WithTimeout(n.t.Context(), patience)
	defer cancel()

	cmd := n.shell(ctx, script)
	out, _ := cmd.CombinedOutput() // each command has its own code
	answers := regexp.MustCompile(`(?s)(.*?)@@ (\d+)\n`).FindAllStringSubmatch(string(out), -1)
	if len(answers) != len(commands) {
		n.t.Fatalf("%d of %d commands ended:\n%s", len(answers), len(commands), out)
	}

	for i, s := range commands {
		expected := i+1 < len(commands) && commands[i+1].command == "echo $?"
		if code, _ := strconv.Atoi(answers[i][2]); code != cli.ExitDone && !expected {
			n.t.Errorf("$ %s\nended with code %d:\n%s", s.command, code, answers[i][1])
		}
		if !matches(answers[i][1], s.shown) {
			n.t.Errorf("$ %s\nprinted:\n%s\nthe page shows:\n%s", s.command, answers[i][1], strings.Join(s.shown, "\n"))
		}
	}
}

// start runs a command in a terminal of its own.
func (n *newcomer) start(command string) (*os.Process, *lockedBuffer, <-chan int) {
	n.t.Helper()
	out, ended := &lockedBuffer{}, make(chan int, 1)
	cmd := n.shell(n.t.Context(), "exec "+command)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}

	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // ended gets the exit code
		ended <- cmd.ProcessState.ExitCode()
		close(done)
	}()

	n.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // fails when it has ended
		<-done
	})

	return cmd.Process, out, ended
}

// step is a command of a page and what the page shows of its output.
type step struct {
	command string
	shown   []string
}

func steps(block string) (out []step) {
	for line := range strings.Lines(block) {
		line = strings.TrimSuffix(line, "\n")
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			out = append(out, step{command: command})
		} else if len(out) > 0 {
			out[len(out)-1].shown = append(out[len(out)-1].shown, line)
		}
	}
	return out
}

// matches reports whether an output is what is shown: … stands for a part of a
// line, alone for any lines or none.
func matches(output string, shown []string) bool {
	pattern := "^"
	for _, line := range shown {
		if line == "…" {
			pattern += "(?:[^\n]*\n)*"
			continue
		}
		pattern += strings.ReplaceAll(regexp.QuoteMeta(line), "…", "[^\n]*") + "\n"
	}
	return regexp.MustCompile(pattern + "$").MatchString(output)
}

func TestMatchesComparesWholeOutputs(t *testing.T) {
	shown := []string{"a", "…", "b=…  c"}
	for output, want := range map[string]bool{
		"a\nb=1  c\n": true, "a\nx\ny\nb=  c\n": true, "a\nb=1  c\nmore\n": false, "x\na\nb=1  c\n": false, "a\nb=1\n2  c\n": false,
	} {
		if matches(output, shown) != want {
			t.Errorf("%q: want %t", output, want)
		}
	}
}
