package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// row is a line of the table; a column without a figure is empty.
type row struct {
	what, worker, loop, ratio string
	goal                      string // with whether it is met
}

// table is what was measured, in order.
type table []row

func (t *table) add(r row) { *t = append(*t, r) }

// String writes the table in Markdown.
func (t table) String() string {
	var b strings.Builder
	b.WriteString("| what | worker | plain loop | ratio | goal |\n|---|---|---|---|---|\n")
	for _, r := range t {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.what, r.worker, r.loop, r.ratio, r.goal)
	}
	return b.String()
}

// goal returns the text of a goal with whether it is met.
func goal(met bool, text string) string {
	if met {
		return text + ": met"
	}
	return text + ": missed"
}

// heading returns the line above the table: the date, the commit, the arguments and
// the machine.
func heading(ctx context.Context, began time.Time) string {
	commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		commit = []byte("unknown")
	}
	return fmt.Sprintf("%s, commit %s, `%s`, %.0f min; %d cores (%s), %s, %s\n\n",
		began.Format(time.DateOnly), strings.TrimSpace(string(commit)), strings.Join(os.Args[1:], " "), time.Since(began).Minutes(),
		runtime.NumCPU(), procValue("/proc/cpuinfo", "model name"), procValue("/proc/meminfo", "MemTotal"), runtime.Version())
}

// procValue returns the value after the first "name:" of a file.
func procValue(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
