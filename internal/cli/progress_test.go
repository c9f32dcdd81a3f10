package cli

import (
	"bytes"
	"testing"
)

func TestProgressIsABarOnATerminal(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(Streams{Out: &out, IsTerminal: true})
	p.Show(0, 0, "waiting")
	p.Show(1, 2, "documents")
	p.Close()
	p.Close() // prints nothing
	want := "\r\x1b[K[" + "                              " + "]  waiting" +
		"\r\x1b[K[" + "###############               " + "] 1/2  documents\n"
	if out.String() != want {
		t.Fatalf("got %q, want %q", out.String(), want)
	}
}

func TestProgressIsALineForEachTenthElsewhere(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(Streams{Out: &out})
	for done := range int64(101) {
		p.Show(done, 100, "done")
	}

	p.Show(0, 0, "nobody knows")
	p.Close()
	if lines := bytes.Count(out.Bytes(), []byte("\n")); lines != 11 || bytes.Contains(out.Bytes(), []byte("\r")) {
		t.Fatalf("%d lines:\n%s", lines, out.String())
	}
	if !bytes.HasSuffix(out.Bytes(), []byte("100%  100 of 100  done\n")) {
		t.Fatalf("it doesn't end:\n%s", out.String())
	}
}

func TestALineIsCutToTheTerminal(t *testing.T) {
	for name, tt := range map[string]struct {
		columns int
		want    string
	}{"longer": {2, "äö"}, "as long": {3, "äöü"}, "no room": {-1, ""}} {
		t.Run(name, func(t *testing.T) {
			if got := cut("äöü", tt.columns); got != tt.want {
				t.Fatalf("got %q", got)
			}
		})
	}
}
