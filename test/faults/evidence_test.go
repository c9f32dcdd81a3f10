package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"azureml-dsr/internal/archive"
	rows "azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
	"azureml-dsr/test/emulator/fakeml"
)

// account holds so many runs in four projects, with what belongs to them.
func account(runs int) fakeml.Account {
	return fakeml.Account{
		Seed:            *seed,
		SubscriptionID:  "8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e",
		ResourceGroup:   "research",
		Location:        "eastus2",
		Experimentation: "experiments",
		ModelManagement: "hosting",
		SubjectObjectID: "5c1d2f8e-6a34-4b7e-9d21-0f7b6a3c9e11",
		Workspaces:      2,
		Projects:        2,
		Runs:            runs / 4,
		Models:          20,
		ArtifactsPerRun: 1,
		Manifests:       8,
		Services:        6,
		Images:          10,
		Clusters:        3,
		Experiments:     3,
		Metrics:         3,
		Assets:          3,
		Jobs:            3,
	}
}

// request asks for all that an account holds.
func request(id string, a fakeml.Account) dsr.Message {
	body, err := json.Marshal(dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindExport,
		Subject:       &dsr.Subject{ObjectID: a.SubjectObjectID},
		Scope: []dsr.Scope{{
			SubscriptionID: a.SubscriptionID, ResourceGroup: a.ResourceGroup, Location: a.Location,
			ExperimentationAccount: a.Experimentation, ModelManagementAccount: a.ModelManagement,
			OperationalizationClusters: true,
		}},
	})
	if err != nil {
		panic(err) // plain strings
	}
	return dsr.Message{ID: id, Body: body}
}

// checkComplete requires a request closed as succeeded, its evidence without a fault,
// and each stored document as the upstream holds it, none lost and none twice.
func (r *harness) checkComplete(id string, m dsr.Manifest) {
	r.t.Helper()
	if m.Status != dsr.StatusSucceeded {
		r.t.Fatalf("%s closed as %s: %+v", id, m.Status, m.Failures)
	}

	r.checkEvidence(id)
	got := r.stored(id)
	n := 0
	for path, document := range r.fake.Documents() {
		n++
		u, err := url.Parse(path)
		if err != nil {
			r.t.Fatal(err)
		}
		if stored := got[u.Path+"?"+u.RawQuery]; stored != masked(document) {
			r.t.Errorf("%s: %s\nstored   %.200s\nupstream %.200s", id, path, stored, masked(document))
		}
	}

	if n != len(got) {
		r.t.Errorf("%s: %d documents stored, the upstream has %d", id, len(got), n)
	}
}

// checkEvidence requires that the evidence of a request verifies without a fault.
func (r *harness) checkEvidence(id string) {
	r.t.Helper()
	report, err := verify.Verify(r.t.Context(), evidence{r.audit.Backend(), r.exports.Backend()},
		dsr.Attempt{RequestID: id, Number: 1}, &verify.Options{Same: map[string]string{"E24": "E19"}})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range report.Faults {
		r.t.Errorf("%s: fault %+v", id, f)
	}
}

// stored returns the documents of a request's parts by path and query, lists left
// out. A document that stands in two parts is an error.
func (r *harness) stored(id string) map[string]string {
	r.t.Helper()
	out := map[string]string{}
	for info, err := range r.exports.Backend().List(r.t.Context(), id+"/1/data/", "") {
		if err != nil {
			r.t.Fatal(err)
		}
		if strings.Contains(info.Name, "/content/") {
			continue
		}

		for _, e := range r.part(info.Name) {
			row, ok := rows.Find(e.Endpoint)
			if !ok || row.IsList() {
				continue
			}
			u, err := url.Parse(e.URL)
			if err != nil {
				r.t.Fatal(err)
			}

			key := u.Path + "?" + u.RawQuery
			if _, twice := out[key]; twice {
				r.t.Errorf("%s stands in two parts", key)
			}

			out[key] = string(e.Document)
		}
	}

	return out
}

type entry struct {
	dsr.Entry
	Document json.RawMessage `json:"document"`
}

func (r *harness) part(name string) (entries []entry) {
	r.t.Helper()
	body, _, err := r.exports.Backend().Open(r.t.Context(), name, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(&entries); err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
	return entries
}

// masked returns what may be kept of a document: all but a run's token, keys and
// passwords, and the signature of a link.
func masked(document []byte) string {
	token := regexp.MustCompile(`("token"\s*:\s*)"[^"]*"`)
	secret := regexp.MustCompile(`"fake-secret-[^"]*"`)
	sig := regexp.MustCompile(`([?&]sig=)[^"&]*`)
	out := token.ReplaceAllString(string(bytes.TrimSpace(document)), `$1"[masked]"`)
	out = secret.ReplaceAllString(out, `"[masked]"`)
	return sig.ReplaceAllString(out, `${1}[masked]`)
}

// evidence reads an attempt's evidence from the containers.
type evidence struct{ audit, exports archive.Backend }

func (e evidence) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	from := e.audit
	if strings.Contains(name, "/data/") || strings.HasSuffix(name, "subject.json") {
		from = e.exports
	}
	body, _, err := from.Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, verify.ErrNotFound
	}
	return body, err
}

func (e evidence) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		names := map[string]bool{}
		for _, b := range []archive.Backend{e.audit, e.exports} {
			for info, err := range b.List(ctx, prefix, "") {
				if err != nil {
					yield("", err)
					return
				}
				names[info.Name] = true
			}
		}

		for _, name := range sorted(names) {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// repeated returns how many calls were answered beyond those that the manifests
// count.
func (r *harness) repeated(manifests ...dsr.Manifest) int {
	calls := 0
	for _, s := range r.fake.Served() {
		if row, ok := rows.Find(s.Endpoint); ok && row.Type != "" && s.Status == http.StatusOK {
			calls += s.Count
		}
	}

	for _, m := range manifests {
		calls -= 2 // planning asks whether the two named accounts are there
		for id, c := range m.Totals {
			if id != "E24" { // it repeats E19
				calls -= int(c.Calls)
			}
		}
	}

	return calls
}

// mostListed returns how often the page of a list that was read most often was read.
func (r *harness) mostListed() (most int) {
	for _, s := range r.fake.Served() {
		if row, ok := rows.Find(s.Endpoint); ok && row.IsList() && s.Status == http.StatusOK {
			most = max(most, s.Count)
		}
	}
	return most
}
