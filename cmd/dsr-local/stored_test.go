package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// storedDocuments reads the documents from the parts, by the unescaped path and query of
// their URLs. It leaves out pages and answers to POST, because several of them share a URL.
func (d *demo) storedDocuments(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	out := map[string]json.RawMessage{}
	store := d.connections.Exports.Backend()
	for info, err := range store.List(t.Context(), d.request.ID+"/1/data/", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info.Name, "/content/") {
			continue
		}

		for _, e := range readPart(t, store, info.Name) {
			if r, ok := row(e.Endpoint); !ok || r.HasPages() || r.Body != "" {
				continue
			}
			u, err := url.Parse(e.URL)
			if err != nil {
				t.Fatal(err)
			}
			out[u.Path+"?"+u.RawQuery] = e.Document
		}
	}

	return out
}

// mustKeepNoSecret fails the test if a stored part has a secret in it. Unlike
// storedDocuments it also reads lists and answers to POST.
func (d *demo) mustKeepNoSecret(t *testing.T) {
	t.Helper()
	secret := regexp.MustCompile(`fake-secret-|[?&]sig=[^\[]|eyJ0eXAi`)
	store := d.connections.Exports.Backend()
	for info, err := range store.List(t.Context(), d.request.ID+"/1/data/", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info.Name, "/content/") {
			continue
		}
		body, _, err := store.Open(t.Context(), info.Name, 0)
		if err != nil {
			t.Fatal(err)
		}

		text, err := io.ReadAll(body)
		_ = body.Close()
		if err != nil || secret.Match(text) {
			t.Errorf("%s holds %q, %v", info.Name, secret.Find(text), err)
		}
	}
}

type storedEntry struct {
	dsr.Entry
	Document json.RawMessage `json:"document"`
}

func readPart(t *testing.T, store archive.Backend, name string) (entries []storedEntry) {
	t.Helper()
	body, _, err := store.Open(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	if err := json.NewDecoder(body).Decode(&entries); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return entries
}

func plainPath(t *testing.T, pathAndQuery string) string {
	t.Helper()
	u, err := url.Parse(pathAndQuery)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path + "?" + u.RawQuery
}

// maskedDocument returns what may be stored of a document. Masked are tokens of runs, keys
// and passwords, the credentials of connections and datastores, and the signatures and
// credentials in links.
func maskedDocument(document []byte) string {
	out := string(bytes.TrimSpace(document))
	for _, mask := range []struct{ secret, kept string }{
		{`("token"\s*:\s*)"[^"]*"`, `$1"[masked]"`},
		{`"(?:fake-secret-|eyJ0eXAi)[^"]*"`, `"[masked]"`},
		{`("secrets"\s*:\s*)\{[^}]*\}`, `$1"[masked]"`},
		{`("username"\s*:\s*)"user-\d+"`, `$1"[masked]"`},
		{`([?&]sig=)[^"&]*`, `${1}[masked]`},
		{`//[^"/@]*@`, `//[masked]@`},
	} {
		out = regexp.MustCompile(mask.secret).ReplaceAllString(out, mask.kept)
	}
	return out
}

func fetch(t *testing.T, uri string) io.ReadCloser {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}

	return resp.Body
}

func hashOf(t *testing.T, body io.ReadCloser) string {
	t.Helper()
	defer func() { _ = body.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}
