package fakeml

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// contentLink asks E23 for the link of an artifact of the first run.
func (f *fake) contentLink(t *testing.T, artifact int) string {
	t.Helper()
	path := "/artifact/v1.0" + testProject + "/artifacts/contentinfo/ExperimentRun/" + f.account.RunID(0, 0, 0) + "/" + escapePath(f.account.ArtifactPath(artifact))
	return decode[struct{ ContentURI string }](t, f.get(t, path), http.StatusOK).ContentURI
}

func sized(n int64) Account {
	account := testAccount()
	account.ArtifactSize = func(_, _, _, _ int) int64 { return n }
	return account
}

func TestEachArtifactsLinkLeadsToItsBytes(t *testing.T) {
	f := startFake(t, Options{Account: sized(1001)})
	distinct := make(map[string]bool)
	for artifact := range 5 {
		link := f.contentLink(t, artifact)
		if !strings.HasPrefix(link, f.url+"/_content/") {
			t.Errorf("link %s", link)
		}

		g := f.bare(t, link)
		want, err := io.ReadAll(newContent(&f.account, place{artifact: artifact}))
		if err != nil {
			t.Fatal(err)
		}

		if g.status != http.StatusOK || !bytes.Equal(g.body, want) || g.header.Get("Content-Length") != "1001" {
			t.Errorf("artifact %d: status %d, %d bytes", artifact, g.status, len(g.body))
		}

		distinct[string(g.body)] = true
	}

	if len(distinct) != 5 {
		t.Errorf("%d contents", len(distinct))
	}

	last := f.Served()[len(f.Served())-1]
	if last.Endpoint != "content" || last.Status != http.StatusOK {
		t.Errorf("served %+v", last)
	}
}

func TestContentHasRangesAndConditions(t *testing.T) {
	f := startFake(t, Options{Account: sized(1000)})
	link := f.contentLink(t, 0)
	all := f.bare(t, link)
	etag := all.header.Get("ETag")
	if !strings.HasPrefix(etag, `"0x`) {
		t.Fatalf("ETag %s", etag)
	}

	tests := []struct {
		name   string
		header []string
		status int
		body   []byte
	}{
		{"a range from the middle", []string{"Range", "bytes=13-26"}, 206, all.body[13:27]},
		{"a range to the end", []string{"Range", "bytes=995-"}, 206, all.body[995:]},
		{"a range if nothing changed", []string{"Range", "bytes=0-9", "If-Match", etag}, 206, all.body[:10]},
		{"no range if it changed", []string{"Range", "bytes=0-9", "If-Match", `"other"`}, 412, nil},
		{"If-Range that holds", []string{"Range", "bytes=0-9", "If-Range", etag}, 206, all.body[:10]},
		{"If-Range that doesn't", []string{"Range", "bytes=0-9", "If-Range", `"other"`}, 200, all.body},
		{"a range beyond the end", []string{"Range", "bytes=1000-"}, 416, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := f.bare(t, link, test.header...)
			if g.status != test.status || (test.body != nil && !bytes.Equal(g.body, test.body)) {
				t.Errorf("status %d, %d bytes", g.status, len(g.body))
			}
		})
	}
}

func TestContentRefusesWhatStorageRefuses(t *testing.T) {
	f := startFake(t, Options{})
	link := f.contentLink(t, 1)
	tests := []struct {
		name, link, code string
		header           []string
		status           int
	}{
		{"a bearer token beside the signature", link, "InvalidAuthenticationInfo", []string{"Authorization", "Bearer " + testToken}, 400},
		{"another signature", strings.Replace(link, "sig=", "sig=A", 1), "AuthenticationFailed", []string{"", ""}, 403},
		{"another expiry", strings.Replace(link, "se=2100", "se=2200", 1), "AuthenticationFailed", []string{"", ""}, 403},
		{"another artifact", strings.Replace(link, "000001.bin", "000077.bin", 1), "BlobNotFound", []string{"", ""}, 404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := f.get(t, test.link, test.header...)
			if g.status != test.status || !strings.Contains(string(g.body), "<Code>"+test.code+"</Code>") {
				t.Errorf("status %d, body %s", g.status, g.body)
			}
			served := f.Served()
			if last := served[len(served)-1]; last.Endpoint != "content" || last.Status != test.status {
				t.Errorf("served %+v", last)
			}
		})
	}
}

func TestBytesAreTheSameFromAnyOffset(t *testing.T) {
	all := make([]byte, 64)
	if _, err := words(9).ReadAt(all, 0); err != nil {
		t.Fatal(err)
	}
	for offset := range int64(24) {
		for size := range 24 {
			part := make([]byte, size)
			if n, err := words(9).ReadAt(part, offset); n != size || err != nil || !bytes.Equal(part, all[offset:offset+int64(size)]) {
				t.Fatalf("%d bytes at %d differ", size, offset)
			}
		}
	}
}

func TestSizesBySeedAreSmallAndSomeAreEmpty(t *testing.T) {
	account := testAccount()
	empty := 0
	for run := range 200 {
		size := account.artifactSize(place{run: run})
		if size < 0 || size >= 4096 {
			t.Errorf("size %d", size)
		}
		if size == 0 {
			empty++
		}
	}

	if empty == 0 || empty > 50 {
		t.Errorf("%d are empty", empty)
	}
}
