package archivetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
)

// inOrder returns names in the order of their bytes, in which a listing must yield them.
func inOrder() []string {
	return []string{
		"p/-", "p/.x", "p/00002", "p/00010", "p/00010/x", "p/1", "p/10", "p/2", "p/A", "p/_", "p/a", "p/a b", "p/~",
	}
}

func listOrder(t *testing.T, b archive.Backend) {
	for _, name := range slices.Backward(inOrder()) {
		put(t, b, name, "x")
	}

	put(t, b, "p", "x")
	put(t, b, "q/1", "x")
	wantNames(t, names(t, b, "p/", ""), inOrder()...)
	wantNames(t, names(t, b, "p/1", ""), "p/1", "p/10")
	wantNames(t, names(t, b, "q", ""), "q/1")
	wantNames(t, names(t, b, "none/", ""))

	if all := names(t, b, "", ""); len(all) != len(inOrder())+2 || !slices.IsSorted(all) {
		t.Errorf("all: %q", all)
	}

	for _, err := range b.List(t.Context(), "p/", "") {
		if err != nil {
			t.Error(err)
		}
		break // a reader may stop
	}
}

func listFrom(t *testing.T, b archive.Backend) {
	for _, name := range inOrder() {
		put(t, b, name, "x")
	}
	for n, name := range inOrder() {
		wantNames(t, names(t, b, "p/", name), inOrder()[n:]...)
	}
	wantNames(t, names(t, b, "p/", "p/00011"), inOrder()[5:]...)
	wantNames(t, names(t, b, "p/", "a"), inOrder()...)
	wantNames(t, names(t, b, "p/", "p/~~"))
	wantNames(t, names(t, b, "p/", "q"))
}

// listPages makes a listing call by call and writes blobs in between, before and after the
// position of the listing. Each call must return exactly the blobs that exist by then.
func listPages(t *testing.T, b archive.Backend) {
	for _, name := range []string{"p/b", "p/d", "p/f", "p/h", "q/1"} {
		put(t, b, name, "x")
	}

	wantPage := func(from string, most int, wantMore bool, want ...string) {
		t.Helper()
		page, more, err := b.ListPage(t.Context(), "p/", from, most)
		if err != nil {
			t.Fatal(err)
		}

		var got []string
		for _, info := range page {
			got = append(got, info.Name)
		}

		if !slices.Equal(got, want) || more != wantMore {
			t.Errorf("from %q: %q, more %t; want %q, %t", from, got, more, want, wantMore)
		}
	}

	wantPage("", 2, true, "p/b", "p/d")
	put(t, b, "p/c", "x")
	put(t, b, "p/e", "x")
	wantPage("p/d", 2, true, "p/d", "p/e")
	wantPage("p/e", 9, false, "p/e", "p/f", "p/h") // no more than the backend's own page
	wantPage("p/i", 2, false)
}

func swap(t *testing.T, b archive.Backend) {
	const name = "_open/x~1"
	first, err := b.Swap(t.Context(), name, []byte("one"), nil, "")
	if err != nil || first == "" {
		t.Fatalf("creating it: %q, %v", first, err)
	}

	_, err = b.Swap(t.Context(), name, []byte("another"), nil, "")
	wantError(t, err, archive.ErrChanged)

	info, err := b.Stat(t.Context(), name)
	if err != nil || info.ETag != first {
		t.Errorf("it is version %q, %v; want %q", info.ETag, err, first)
	}

	second, err := b.Swap(t.Context(), name, []byte("two"), map[string]string{"kind": "export"}, first)
	if err != nil || second == first {
		t.Fatalf("swapping it: %q after %q, %v", second, first, err)
	}
	for info, err := range b.List(t.Context(), name, "") {
		if err != nil || info.Metadata["kind"] != "export" {
			t.Errorf("it is listed with the metadata %v, %v", info.Metadata, err)
		}
	}

	_, err = b.Swap(t.Context(), name, []byte("late"), nil, first)
	wantError(t, err, archive.ErrChanged)
	wantBody(t, b, name, "two")

	if err := b.Delete(t.Context(), name); err != nil {
		t.Fatal(err)
	}

	_, err = b.Swap(t.Context(), name, []byte("after its end"), nil, second)
	wantError(t, err, archive.ErrChanged)
	_, err = b.Stat(t.Context(), name)
	wantError(t, err, archive.ErrNotFound)
}

// age checks the age of a version from Stat and from Open, by the store's own clock in whole
// seconds. It grows with time, and a write resets it.
func age(t *testing.T, b archive.Backend) {
	const name = "_open/y~1"
	ages := func() (looked, opened time.Duration) {
		t.Helper()
		info, err := b.Stat(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		body, read, err := b.Open(t.Context(), name, 0)
		if err != nil {
			t.Fatal(err)
		}

		if err := body.Close(); err != nil {
			t.Error(err)
		}

		return info.Age, read.Age
	}

	etag, err := b.Swap(t.Context(), name, []byte("one"), nil, "")
	if err != nil {
		t.Fatal(err)
	}

	written := time.Now()
	for looked, opened := ages(); min(looked, opened) < time.Second; looked, opened = ages() {
		if most := time.Since(written) + time.Second; looked < 0 || opened < 0 || max(looked, opened) > most {
			t.Fatalf("%s after it was written it is %s old, and %s when it is read", most-time.Second, looked, opened)
		}
		if time.Since(written) > 10*time.Second {
			t.Fatalf("it does not grow older than %s, %s", looked, opened)
		}
		<-time.After(50 * time.Millisecond) // the store's clock is its own
	}

	grown, _ := ages()
	if _, err := b.Swap(t.Context(), name, []byte("two"), nil, etag); err != nil {
		t.Fatal(err)
	}

	if looked, _ := ages(); looked >= grown {
		t.Errorf("after another write it is %s old, and was %s", looked, grown)
	}
}

func hostileNames(t *testing.T, b archive.Backend) {
	hostile := []string{
		"a%2Fb", "a%25b", "a b", "a~b", "a+b", "a?b=c", "a#b", "a//b", "a/./b", "a/../b", "ümläut/日本", "a&b", "a'b\"c", "a:b", "<a>",
		"%2e%2e/b", "/leading", "a;b,c", "[a]{b}", "a=b", "a@b", "a|b^c`d", "...a", strings.Repeat("n", 900),
	}
	for _, name := range hostile {
		put(t, b, "x/"+name, name)
	}

	for _, name := range hostile {
		wantBody(t, b, "x/"+name, name)
	}

	got := names(t, b, "x/", "")
	if len(got) != len(hostile) {
		t.Errorf("listed %d of %d names", len(got), len(hostile))
	}

	for _, name := range hostile {
		if !slices.Contains(got, "x/"+name) {
			t.Errorf("%q is not listed", name)
		}
	}
}

func refusedNames(t *testing.T, b archive.Backend) {
	for what, name := range map[string]string{
		"empty": "", "ends in a slash": "a/", "ends in a dot": "a/.", "a control character": "a\x01b", "a newline": "a\nb",
		"a backslash": `a\b`, "invalid UTF-8": "a\xffb", "a C1 control": "a\u0085b", "too long": strings.Repeat("n", 1025),
		"too many segments": strings.Repeat("n/", 254) + "n",
	} {
		for how, err := range map[string]error{
			"Put":    b.Put(t.Context(), name, nil, nil),
			"Stage":  b.Stage(t.Context(), name, id("1"), []byte("x")),
			"Commit": b.Commit(t.Context(), name, nil, nil), "Replace": b.Replace(t.Context(), name, nil),
		} {
			if err == nil {
				t.Errorf("%s: %s took it", what, how)
			}
		}
	}

	wantNames(t, names(t, b, "", ""))
}
