package upstream

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestABodyHasNoByteOrderMark(t *testing.T) {
	for given, want := range map[string]string{
		"":                             "",
		"{":                            "{",
		"{}":                           "{}",
		"{\"a\":1}":                    "{\"a\":1}",
		"\xef\xbb":                     "\xef\xbb",
		"\xef\xbb\xbf":                 "",
		"\xef\xbb\xbf{\"a\":1}":        "{\"a\":1}",
		"\xef\xbb\xbf\xef\xbb\xbf{}":   "\xef\xbb\xbf{}", // one is taken, as of a document
		"\xef\xbb\xbe{}":               "\xef\xbb\xbe{}",
		"[\"\xef\xbb\xbf inside it\"]": "[\"\xef\xbb\xbf inside it\"]",
	} {
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"at once":      func(r io.Reader) io.Reader { return r },
			"byte by byte": iotest.OneByteReader,
			"with its end": iotest.DataErrReader,
		} {
			got, err := io.ReadAll(&withoutMark{ReadCloser: io.NopCloser(reader(strings.NewReader(given)))})
			if err != nil || string(got) != want {
				t.Errorf("%q, %s: got %q, %v", given, name, got, err)
			}
		}
	}
}

func TestABodyThatBreaksOffWithinItsMarkStaysBroken(t *testing.T) {
	broken := errors.New("broken")
	body := &withoutMark{ReadCloser: io.NopCloser(io.MultiReader(strings.NewReader("\xef\xbb"), iotest.ErrReader(broken)))}
	for range 2 {
		if _, err := io.ReadAll(body); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}
