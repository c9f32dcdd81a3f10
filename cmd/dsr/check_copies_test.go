package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// TestAStrangersScriptKnowsTheCopyForThePerson changes a downloaded request that has a copy,
// and hides that in SHA256SUMS.
func TestAStrangersScriptKnowsTheCopyForThePerson(t *testing.T) {
	const zip, order, receipt, places = "copy/req-1.zip", "copy/0001-order.json", "copy/0001-receipt.json", "copy/0001-places.ndjson"
	decision := func(t *testing.T, dir string, number int) {
		write(t, filepath.Join(dir, "copy/decision-0001.json"), fmt.Sprintf(`{"schemaVersion":"1.0","requestId":"req-1","number":%d,"verdict":"keep","rule":"mention","by":"officer","at":"2026-11-24T11:00:00Z"}`, number))
	}
	end := func(t *testing.T, dir string) {
		write(t, filepath.Join(dir, "copy/0001-end.json"), `{"schemaVersion":"1.0","requestId":"req-1","number":1,"why":"revoked","at":"2026-11-24T11:00:00Z"}`)
	}
	for _, c := range []struct {
		name string
		do   func(t *testing.T, dir string)
		code int
		want []string
	}{
		{"nothing", func(*testing.T, string) {}, cli.ExitDone, []string{"unlisted  " + order, "unlisted  " + places, "unlisted  copy/0001-review.json", "unlisted  " + receipt, "unlisted  " + zip}},
		{"it has ended", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, zip)); end(t, dir) }, cli.ExitDone, []string{"unlisted  copy/0001-end.json"}},
		{"another zip", func(t *testing.T, dir string) { write(t, filepath.Join(dir, zip), "PK") }, cli.ExitNotGood, []string{"changed  " + zip}},
		{"another list of places", func(t *testing.T, dir string) { write(t, filepath.Join(dir, places), "x") }, cli.ExitNotGood, []string{"changed  " + places}},
		{"a decision", func(t *testing.T, dir string) { decision(t, dir, 1) }, cli.ExitDone, []string{"unlisted  copy/decision-0001.json"}},
		{"a decision of another number", func(t *testing.T, dir string) { decision(t, dir, 2) }, cli.ExitNotGood, []string{"foreign  copy/decision-0001.json"}},
		{"no zip", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, zip)) }, cli.ExitNotGood, []string{"missing  " + zip}},
		{"no order", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, order)) }, cli.ExitNotGood, []string{"foreign  " + places, "foreign  " + receipt, "foreign  " + zip}},
		{"something beside it", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "copy/notes.txt"), "x") }, cli.ExitNotGood, []string{"foreign  copy/notes.txt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := operatortest.ClosedAbout(t, &dsr.Subject{ObjectID: "subject-1"})
			o, queues := s.Operator(operatortest.Time)
			if _, err := o.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1"}); err != nil {
				t.Fatal(err)
			}
			if failed := s.MakeCopies(queues, operatortest.Time); len(failed) > 0 {
				t.Fatal(failed)
			}
			dir := downloaded(t, s)
			c.do(t, dir)
			operatortest.SumAgain(t, dir)

			code, out := checkExport(t, dir)
			for _, line := range c.want {
				if !strings.Contains(out, line+"\n") {
					t.Errorf("no line %q in:\n%s", line, out)
				}
			}
			verified, lines, _ := runIn(t, nil, "verify", dir)
			if code != c.code || verified != c.code {
				t.Errorf("exit code %d, that of dsr verify is %d:\n%s%s", code, verified, out, lines)
			}
			if _, err := os.Stat(filepath.Join(dir, receipt)); err != nil {
				t.Error(err)
			}
		})
	}
}
