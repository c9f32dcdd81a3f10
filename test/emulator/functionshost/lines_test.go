package functionshost

import (
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"io"
)

type calls []string

func (c *calls) Write(p []byte) (int, error) { *c = append(*c, string(p)); return len(p), nil }

func TestOutputComesLineByLine(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	tests := []struct {
		name, in string
		want     []string
	}{
		{"lines", "a\n\nb\n", []string{"a\n", "\n", "b\n"}},
		{"an unfinished line", "a\nb", []string{"a\n", "b\n"}},
		{"a line that is too long is cut", long + "y\nz\n", []string{long + "\n", "y\n", "z\n"}},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				var got calls
				w := &lineWriter{out: &got}
				if _, err := io.Copy(w, in); err != nil {
					t.Fatal(err)
				}

				w.flush()

				if !slices.Equal(got, calls(tt.want)) {
					t.Errorf("got %d lines, want %d", len(got), len(tt.want))
				}
			}
		})
	}
}
