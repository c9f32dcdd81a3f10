package azureml

import (
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"

	"github.com/google/go-cmp/cmp"
)

// bothWays reads a text whole and byte by byte.
func bothWays(t *testing.T, text string, read func(r io.Reader)) {
	t.Helper()
	read(strings.NewReader(text))
	read(iotest.OneByteReader(strings.NewReader(text)))
}

func TestReadListing(t *testing.T) {
	tests := []struct {
		name, text string
		want       Listing
	}{
		{"a page with a link", `{"value":[{"runId":"a"},{"runId":"b"}],"nextLink":"https://x/y"}`, Listing{[]string{"a", "b"}, "https://x/y"}},
		{"the link before the elements", `{"nextLink":"l","value":[{"runId":"a"}]}`, Listing{[]string{"a"}, "l"}},
		{"a continuation token", `{"continuationToken":"t k","value":[{"runId":"a"}]}`, Listing{[]string{"a"}, "token:t k"}},
		{"both, and the link wins", `{"value":[],"nextLink":"l","continuationToken":"t"}`, Listing{nil, "l"}},
		{"both in the other order", `{"continuationToken":"t","nextLink":"l","value":[]}`, Listing{nil, "l"}},
		{"an empty link and a token", `{"continuationToken":"t","nextLink":"","value":[]}`, Listing{nil, "token:t"}},
		{"the last page says null", `{"value":[{"runId":"a"}],"nextLink":null,"continuationToken":null}`, Listing{[]string{"a"}, ""}},
		{"an empty page with a link is not the end", `{"value":[],"nextLink":"l"}`, Listing{nil, "l"}},
		{"null for the elements", `{"value":null}`, Listing{}},
		{"a bare array", `[{"runId":"a"},{"runId":"b"}]`, Listing{[]string{"a", "b"}, ""}},
		{"an empty bare array", ` [] `, Listing{}},
		{"a byte order mark", "\ufeff{\"value\":[{\"runId\":\"a\"}]}", Listing{[]string{"a"}, ""}},
		{"a byte order mark and blanks", "\ufeff \r\n[{\"runId\":\"a\"}]\n", Listing{[]string{"a"}, ""}},
		{"repeats are kept", `[{"runId":"a"},{"runId":"a"}]`, Listing{[]string{"a", "a"}, ""}},
		{"the name anywhere in the element", `[{"x":{"runId":"no"},"y":[1,{"runId":"no"}],"runId":"a","z":null}]`, Listing{[]string{"a"}, ""}},
		{"a name given twice", `[{"runId":"a","runId":"b"}]`, Listing{[]string{"b"}, ""}},
		{"a name whose member is escaped", `[{"run\u0049d":"a"}]`, Listing{[]string{"a"}, ""}},
		{"names with escapes and Unicode", `[{"runId":"\u00fc\/\"x\ud83d\ude00"}]`, Listing{[]string{"ü/\"x😀"}, ""}},
		{"elements in two places", `{"value":[{"runId":"a"}],"value":[{"runId":"b"}]}`, Listing{[]string{"a", "b"}, ""}},
		{"unknown members and odd numbers", `{"count":1e400,"value":[{"n":123456789012345678901234567890,"runId":"a","s":"` + "\xff" + `"}],"x":{"value":[1]}}`, Listing{[]string{"a"}, ""}},
	}

	op := row(t, "E14")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bothWays(t, tt.text, func(r io.Reader) {
				got, err := ReadListing(r, op)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestWhatIsNoListIsMalformed(t *testing.T) {
	tests := map[string]string{
		"nothing":                       ``,
		"blanks":                        `  `,
		"a page of HTML":                `<html>`,
		"null":                          `null`,
		"a string":                      `"anna"`,
		"an object without elements":    `{"nextLink":"l"}`,
		"an object for the elements":    `{"value":{}}`,
		"a string for the elements":     `{"value":"anna"}`,
		"a number for the link":         `{"value":[],"nextLink":1}`,
		"an object for the token":       `{"value":[],"continuationToken":{}}`,
		"an element that is a string":   `["anna"]`,
		"an element that is null":       `[null]`,
		"an element without a name":     `[{"id":"anna"}]`,
		"an element with an empty name": `[{"runId":""}]`,
		"an element with a null name":   `[{"runId":null}]`,
		"an element with a number":      `[{"runId":1}]`,
		"a name in other letters":       `[{"RunId":"anna"}]`,
		"a name of broken text":         "[{\"runId\":\"anna\xff\"}]",
		"a name with half a surrogate":  `[{"runId":"\ud800"}]`,
		"an answer that breaks off":     `{"value":[{"runId":"anna"}`,
		"a string that breaks off":      `[{"runId":"an`,
		"a comma too many":              `[{"runId":"anna"},]`,
		"something behind it":           `[] anna`,
		"a second list behind it":       `[][]`,
		"nesting without end":           `{"x":` + strings.Repeat("[", 20000),
	}

	op := row(t, "E14")
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			bothWays(t, text, func(r io.Reader) {
				got, err := ReadListing(r, op)
				upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
				if cause := errors.Unwrap(err); cause != nil && strings.Contains(cause.Error(), "anna") {
					t.Errorf("the cause %q quotes the answer", cause)
				}
				if got.Items != nil || got.Next != "" {
					t.Errorf("got %+v beside the error", got)
				}
			})
		})
	}
}

func TestAStringPastTheBoundIsMalformed(t *testing.T) {
	page := func(n int) io.Reader {
		return strings.NewReader(`{"value":[],"x":"` + strings.Repeat("a", n) + `"}`)
	}
	if _, err := ReadListing(page(maxListToken-1<<10), row(t, "E14")); err != nil {
		t.Errorf("a string within the bound: %v", err)
	}
	_, err := ReadListing(page(maxListToken+1<<10), row(t, "E14"))
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
}

func TestAPageWithMoreNamesThanARecordHoldsIsMalformed(t *testing.T) {
	page := func(elements, length int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(`{"runId":"`+strings.Repeat("n", length)+`"},`, elements), ",") + "]"
	}
	for name, tt := range map[string]struct {
		elements, length int
		refused          bool
	}{
		"as many as a page may have": {dsr.MaxChunk, 10, false},
		"one more":                   {dsr.MaxChunk + 1, 10, true},
		"names as long as may be":    {4, maxListNames / 4, false},
		"longer ones":                {5, maxListNames / 4, true},
	} {
		got, err := ReadListing(strings.NewReader(page(tt.elements, tt.length)), row(t, "E14"))
		if tt.refused {
			upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
		} else if err != nil || len(got.Items) != tt.elements {
			t.Errorf("%s: %d items, %v", name, len(got.Items), err)
		}
	}
}

func TestAListWithoutKeyNamesNothing(t *testing.T) {
	op := row(t, "E14")
	op.Key = ""
	got, err := ReadListing(strings.NewReader(`{"value":["x",{"runId":"a"},1],"nextLink":"l"}`), op)
	if err != nil || got.Items != nil || got.Next != "l" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTheReadersErrorWins(t *testing.T) {
	cause := &dsr.Error{Class: dsr.Transient, Reason: dsr.ReasonTransient}
	for _, text := range []string{``, `{"val`, `[{"runId":"a`, `[{"runId":"a"}]`} {
		r := io.MultiReader(strings.NewReader(text), iotest.ErrReader(cause))
		if _, err := ReadListing(r, row(t, "E14")); dsr.ClassOf(err) != dsr.Transient || !errors.Is(err, cause) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestAPageIsNeverHeld(t *testing.T) {
	filler := strings.Repeat("y", 1<<20)
	parts := []io.Reader{strings.NewReader("[")}
	for i := range 50 {
		comma := ","
		if i == 0 {
			comma = ""
		}
		parts = append(parts, strings.NewReader(comma+`{"runId":"`+strconv.Itoa(i)+`","x":"`), strings.NewReader(filler), strings.NewReader(`"}`))
	}

	page := io.MultiReader(append(parts, strings.NewReader("]"))...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := ReadListing(page, row(t, "E14"))
	runtime.ReadMemStats(&after)
	if err != nil || len(got.Items) != 50 {
		t.Fatalf("%d items, %v", len(got.Items), err)
	}

	if n := after.TotalAlloc - before.TotalAlloc; n > 12<<20 {
		t.Errorf("%d bytes were allocated for a page of 50 MB with strings of 1 MB", n)
	}
}

func FuzzReadListing(f *testing.F) {
	for _, s := range []string{`{"value":[{"runId":"a"}],"nextLink":"l"}`, `[{"runId":"a"}]`, `{"value":null}`, "\ufeff[]", `{"continuationToken":"t","value":[]}`, `[{"runId":"\ud800"}]`} {
		f.Add([]byte(s))
	}

	op := Operation{ID: "E14", Shape: List, Key: "runId"}
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, err := ReadListing(strings.NewReader(string(text)), op)
		bytewise, errBytewise := ReadListing(iotest.OneByteReader(strings.NewReader(string(text))), op)
		if (err == nil) != (errBytewise == nil) || !cmp.Equal(whole, bytewise) {
			t.Fatalf("%+v, %v byte by byte %+v, %v", whole, err, bytewise, errBytewise)
		}
		if err != nil && dsr.ReasonOf(err) != dsr.ReasonMalformedAnswer {
			t.Fatalf("got %v", err)
		}

		for _, item := range whole.Items {
			if item == "" {
				t.Fatal("an item without a name")
			}
		}
	})
}

func TestANestedResourceOfARMIsKnownByItsOwnName(t *testing.T) {
	for row, want := range map[string]string{"E10": "compute", DiscoverProjects: "compute", "E06": "team/compute"} {
		op, _ := Find(row)
		got, err := ReadListing(strings.NewReader(`{"value":[{"name":"team/compute"}]}`), op)
		if err != nil || len(got.Items) != 1 || got.Items[0] != want {
			t.Errorf("%s: got %v, %v, want %s", row, got.Items, err, want)
		}
	}
	op, _ := Find("E10")
	if got, err := ReadListing(strings.NewReader(`{"value":[{"name":"team/"}]}`), op); dsr.ReasonOf(err) != dsr.ReasonMalformedAnswer {
		t.Errorf("a name that ends with its parent gives %v, %v", got.Items, err)
	}
}

func TestAListWithoutAKeyNamesNothing(t *testing.T) {
	for _, row := range []string{"E17", "E26"} {
		op, _ := Find(row)
		got, err := ReadListing(strings.NewReader(`{"value":[{"runId":"a"},7],"continuationToken":"t"}`), op)
		if err != nil || len(got.Items) != 0 || got.Next != "token:t" {
			t.Errorf("%s: got %+v, %v", row, got, err)
		}
	}
}
