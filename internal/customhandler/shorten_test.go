package customhandler

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLongStringsAreCutAndTheRestIsKept(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"a":"12345","b":1}`, `{"a":"1234","b":1}`},
		{`{"a":"1234"}`, `{"a":"1234"}`},
		{`["123456","12"]`, `["1234","12"]`},
		{`["12\"456"]`, `["12\"4"]`},
		{`["123\u00e956"]`, `["123\u00e9"]`},
		{`["1234\\"]`, `["1234"]`},
		{`["12345\\","x"]`, `["1234","x"]`},
		{`{"\\\\\\":"\\\\\\\\\\"}`, `{"\\\\\\":"\\\\\\\\"}`},
		{`{}`, `{}`},
	} {
		for _, from := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in))} {
			s := &shortening{from: from, most: 4}
			got, err := io.ReadAll(s)
			if err != nil || string(got) != c.want || s.cut != (c.in != c.want) {
				t.Errorf("%s: %s, %v, cut %t; want %s", c.in, got, err, s.cut, c.want)
			}
		}
	}
}

// FuzzWhatIsCutIsJSON cuts any text. What remains of JSON is JSON.
func FuzzWhatIsCutIsJSON(f *testing.F) {
	f.Add([]byte(`{"a\u00e9":"\\\"\u1234","b":["12345678"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := io.ReadAll(&shortening{from: bytes.NewReader(text), most: 3})
		if err != nil || (json.Valid(text) && !json.Valid(got)) {
			t.Fatalf("%q became %q, %v", text, got, err)
		}
	})
}

func TestAMessageOfAnyLengthReachesItsFunction(t *testing.T) {
	for name, size := range map[string]int{
		"of the Standard tier":     256 << 10,
		"a little longer":          300 << 10,
		"of the Premium tier":      3<<20 + 1,
		"longer than our memory":   120 << 20,
		"a long one of two thirds": 1<<20 + 2,
	} {
		t.Run(name, func(t *testing.T) {
			var got Message
			s := New(&Options{Logger: slog.New(slog.DiscardHandler)})
			s.HandleMessage("f", "message", func(_ context.Context, m Message) error {
				got = m
				return nil
			})

			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/f", invocationOf(size)))
			if w.Code != http.StatusOK || got.LockToken == [16]byte{} || got.SequenceNumber != 7 {
				t.Fatalf("answered %d, token %x, number %d", w.Code, got.LockToken, got.SequenceNumber)
			}
			if want := size > maxString/4*3; got.Cut != want || len(got.Body) != min(size, maxString/4*3) {
				t.Errorf("%d bytes, cut %t", len(got.Body), got.Cut)
			}
		})
	}
}

// invocationOf returns the invocation of a message of so many bytes, without holding it.
func invocationOf(size int) io.Reader {
	body, encoder := io.Pipe()
	go func() {
		e := base64.NewEncoder(base64.StdEncoding, encoder)
		_, err := io.Copy(e, io.LimitReader(endless{}, int64(size)))
		if err == nil {
			err = e.Close()
		}
		encoder.CloseWithError(err)
	}()
	return io.MultiReader(
		strings.NewReader(`{"Data":{"message":"`), body,
		strings.NewReader(`"},"Metadata":{"DeliveryCount":"1","LockToken":"\"7ebe3bcf-bae7-455e-99ea-568500a75173\"","SequenceNumber":"7"}}`))
}

// endless reads blanks without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
