package fakeml

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// row returns the row of the table that a path belongs to.
func rowOf(t *testing.T, s *Server, path string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.newCall(r).endpoint()
}

func TestDocumentsAreExactlyWhatIsServed(t *testing.T) {
	f := startFake(t, Options{})
	counts := make(map[string]int)
	seen := make(map[string]bool)
	for path, want := range f.Documents() {
		if seen[path] {
			t.Errorf("%s comes twice", path)
		}

		seen[path] = true
		counts[rowOf(t, f.Server, path)]++
		if g := f.get(t, path); g.status != http.StatusOK || !bytes.Equal(g.body, want) {
			t.Fatalf("%s: status %d, body %s, want %s", path, g.status, g.body, want)
		}

		if !json.Valid(want) || !bytes.Equal(want, bytes.TrimSpace(want)) {
			t.Errorf("%s is not plain JSON: %s", path, want)
		}
	}

	want := map[string]int{
		"E01": 1, "E03": 40, "E05": 3, "E07": 4, "E09": 3, "E11": 8, "E13": 2, "E16": 42, "E18": 18, "E20": 210,
		"E23": 210, "E25": 12, "E27": 1, "E28": 2, "E29": 6, "W03": 2,
	}
	if !maps.Equal(counts, want) {
		t.Errorf("documents %v, want %v", counts, want)
	}
}

func TestDocumentsStopWhenTheCallerDoes(t *testing.T) {
	n := 0
	for range New(Options{Account: testAccount()}).Documents() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d documents", n)
	}
}

func TestAnAccountThatIsNotNamedHasNoDocuments(t *testing.T) {
	account := testAccount()
	account.Experimentation, account.ModelManagement = "", ""
	account.MachineLearningWorkspaces, account.Clusters = 0, 0
	s := New(Options{Account: account})
	for path := range s.Documents() {
		t.Errorf("%s has a document", path)
	}
}

func TestBytesDependOnTheSeedAlone(t *testing.T) {
	collect := func(seed uint64) map[string]string {
		account := testAccount()
		account.Seed = seed
		documents := make(map[string]string)
		for path, body := range New(Options{Account: account}).Documents() {
			documents[path] = string(body)
		}
		return documents
	}
	if !maps.Equal(collect(7), collect(7)) {
		t.Error("two servers with one seed differ")
	}
	if maps.Equal(collect(7), collect(8)) {
		t.Error("two seeds give the same documents")
	}
}

func TestARunHasWhatAnExporterMustKeep(t *testing.T) {
	account := testAccount()
	tokens, subjects, first := 0, 0, make(map[string]bool)
	for i := range 30 {
		raw := account.runDocument(place{run: i})
		var run struct {
			RunID     string
			Token     *string
			CreatedBy struct{ UserObjectID, UserTenantID, UserName string }
			Seed      struct{ Seed big.Int } `json:"runDefinition"`
		}
		if err := json.Unmarshal(raw, &run); err != nil {
			t.Fatal(err)
		}

		if run.RunID != account.RunID(0, 0, i) || run.CreatedBy.UserTenantID == "" || run.CreatedBy.UserName == "" {
			t.Errorf("run %d: %+v", i, run)
		}
		if run.Seed.Seed.String() != "18446744073709551615" {
			t.Errorf("run %d has no big integer", i)
		}
		if len(raw) < 1500 || len(raw) > 3000 {
			t.Errorf("run %d has %d bytes", i, len(raw))
		}
		if run.Token != nil {
			tokens++
		}

		if subject := run.CreatedBy.UserObjectID == testSubject; subject != (i%3 == 0) {
			t.Errorf("run %d is the subject's: %v", i, subject)
		} else if subject {
			subjects++
		}

		first[strings.Trim(string(raw[:20]), "{ \r\n\t")] = true
	}

	if tokens != 6 || subjects != 10 || len(first) < 10 {
		t.Errorf("%d tokens, %d subjects, %d beginnings", tokens, subjects, len(first))
	}
}

func TestSomeModelIDsNeedEscaping(t *testing.T) {
	account := testAccount()
	var all strings.Builder
	for i := range 20 {
		all.WriteString(account.ModelID(i))
	}
	for _, want := range []string{" ", "%", "%20", "+", "模"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no model id has %q", want)
		}
	}
}

func TestSecretsStandWhereTheDescriptionsHaveThem(t *testing.T) {
	secret := regexp.MustCompile(`[?&]sig=|"` + secretMark)
	found := map[string]int{}
	s := New(Options{Account: testAccount()})
	for path, body := range s.Documents() {
		found[rowOf(t, s, path)] += len(secret.FindAll(body, -1))
	}

	// Every other model has a signed link; a manifest one, an image two, a service
	// four, and every other service two keys. Of four computes one has two secrets,
	// the others one. A cluster has four, a
	// workspace one.
	want := map[string]int{"E03": 20, "E05": 3, "E07": 4*4 + 2*2, "E09": 3 * 2, "E11": 2 * 5, "E13": 2 * 4, "E20": 210, "E23": 210, "W03": 2}
	maps.DeleteFunc(found, func(_ string, n int) bool { return n == 0 })

	if !maps.Equal(found, want) {
		t.Errorf("secrets %v, want %v", found, want)
	}
}
