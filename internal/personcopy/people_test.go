package personcopy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

// human is somebody of the fake account.
type human struct{ kind, id, tenant, name, upn, puid string }

func (h human) subject() dsr.Subject {
	return dsr.Subject{
		ObjectID:          h.id,
		TenantID:          h.tenant,
		UserPrincipalName: h.upn,
		DisplayName:       h.name,
		PUID:              h.puid,
	}
}

// record is the data plane's record of somebody.
func (h human) record() map[string]any {
	return map[string]any{
		"userObjectId": h.id,
		"userTenantId": h.tenant,
		"userName":     h.name,
		"upn":          h.upn,
		"userPuId":     h.puid,
		"userAltSecId": "5::" + h.puid,
	}
}

// account returns 20 people: colleagues, two namesakes, guests and service principals.
func account() []human {
	given := []string{"Amara", "Bruno", "Chiyo", "Dmitri", "Élodie", "Farid", "Greta", "Hamish", "Ines", "Jörg", "Katya", "Liam", "Mei", "Noor", "Oskar", "Pilar"}
	var out []human
	for i, g := range given {
		name := g + " Lastname" + string(rune('A'+i))
		h := human{
			kind:   "colleague",
			id:     fmt.Sprintf("%08x-1111-4222-8333-%012x", 0xa0000000+i, i+1),
			tenant: "72f98888-8a11-41af-91ab-2d7cd0110000",
			name:   name,
			upn:    strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@contoso.example",
		}
		switch i {
		case 3, 4:
			h.kind, h.tenant, h.puid = "guest", "99998888-8a11-41af-91ab-2d7cd0110000", fmt.Sprintf("1003BFFD%08X", i)
			h.upn = fmt.Sprintf("guest%d_fabrikam.example#EXT#@contoso.onmicrosoft.example", i)
		case 7:
			h.kind, h.name = "namesake", out[6].name
			h.upn = "another.one@contoso.example"
		}
		out = append(out, h)
	}
	for i := range 4 {
		app := fmt.Sprintf("%08x-4444-4555-8666-%012x", 0xb0000000+i, i+1)
		out = append(out, human{
			kind:   "application",
			id:     fmt.Sprintf("%08x-7777-4888-8999-%012x", 0xc0000000+i, i+1),
			tenant: "72f98888-8a11-41af-91ab-2d7cd0110000",
			name:   app,
		})
	}
	return out
}

const planted = "AccountKey=plantedSecretOf0123456789abcdefghijklmnopqrstuvwxyz=="

// documentsOf returns what everybody has stored. In everybody's documents the others are
// named in every way.
func documentsOf(t *testing.T, people []human) personcopy.Documents {
	t.Helper()
	const experiment = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/ws/experimentids/e"
	var out []personcopy.Document
	add := func(endpoint, item string, value any) {
		body, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, personcopy.Document{
			Endpoint:    endpoint,
			Target:      experiment,
			Item:        item,
			RetrievedAt: bagDay,
			Body:        body,
		})
	}

	for i, h := range people {
		other := people[(i+1)%len(people)]
		nested, err := json.Marshal(map[string]any{"reviewer": other.upn, "inner": `{"mail":"` + other.upn + `"}`, "owner": other.id})
		if err != nil {
			t.Fatal(err)
		}
		add("W53", fmt.Sprintf("run-%02d", i), map[string]any{
			"runId":          fmt.Sprintf("run-%02d", i),
			"createdBy":      h.record(),
			"lastModifiedBy": other.record(),
			"userId":         h.id,
			"mark":           fmt.Sprintf("kept-%02d", i),
			"description":    "Asked by " + other.name + " <" + other.upn + ">, see <script>alert(1)</script>",
			"tags":           map[string]any{"pairedWith": other.name, other.upn: "yes", "id": other.id, "puid": other.puid},
			"properties": map[string]any{
				"escaped":  strings.ReplaceAll(string(nested), "@", `\u0040`),
				"path":     "azureml://Users/" + strings.ReplaceAll(strings.ToLower(other.name), " ", ".") + "/notebook.ipynb",
				"link":     "https://example.org/?who=" + url.QueryEscape(other.upn),
				"shouted":  strings.ToUpper(other.name),
				"compact":  strings.ReplaceAll(other.id, "-", ""),
				"settings": planted,
			},
		})
	}
	for i, h := range people {
		add("W68i", fmt.Sprintf("thread-%02d", i), map[string]any{
			"id":       fmt.Sprintf("thread-%02d", i),
			"metadata": map[string]any{"userId": h.id, "topic": fmt.Sprintf("chat-%02d with %s", i, people[(i+3)%len(people)].name)},
		})
	}

	return func(context.Context) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for _, d := range out {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

func write(t *testing.T, s dsr.Subject, from personcopy.Documents) ([]byte, personcopy.Summary) {
	t.Helper()
	var out bytes.Buffer
	summary, err := personcopy.Write(t.Context(), &out, personcopy.Order{
		RequestID:   "request-1",
		Subject:     s,
		Status:      dsr.StatusSucceeded,
		SubmittedAt: bagDay,
		ClosedAt:    bagDay,
	}, from)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), summary
}

// traces returns what would give somebody away, in small letters.
func (h human) traces() []string {
	name := strings.ToLower(h.name)
	return slices.DeleteFunc([]string{
		h.id, strings.ReplaceAll(h.id, "-", ""), strings.ToLower(h.upn), strings.ToLower(url.QueryEscape(h.upn)), strings.ToLower(h.puid),
		name, strings.ReplaceAll(name, " ", "."),
	}, func(s string) bool { return s == "" })
}

// In no byte of anybody's copy stands anybody else or a secret, and everything of their own
// is in it.
func TestACopyHasAllOfOnePersonAndNobodyElse(t *testing.T) {
	people := account()
	from := documentsOf(t, people)
	t.Logf("%-12s %-24s %9s %7s %6s %6s", "kind", "name", "documents", "recall", "others", "leaks")

	for i, h := range people {
		body, summary := write(t, h.subject(), from)
		again, _ := write(t, h.subject(), from)
		if !bytes.Equal(body, again) {
			t.Errorf("%s: the same archive gives other bytes", h.name)
		}
		files := unzip(t, body, "request-1")
		if faults := checkBag(files); len(faults) > 0 {
			t.Errorf("%s: %v", h.name, faults)
		}

		all := ""
		for _, name := range slices.Sorted(maps.Keys(files)) {
			all += name + "\n" + files[name] + "\n"
		}
		small, leaks := strings.ToLower(all), 0
		for j, other := range people {
			for _, trace := range other.traces() {
				if j != i && strings.Contains(small, trace) && !slices.Contains(h.traces(), trace) {
					leaks++
					t.Errorf("%s's copy has %q of %s", h.name, trace, other.name)
				}
			}
		}
		if strings.Contains(all, "plantedSecret") || strings.Contains(all, "<script") {
			leaks++
			t.Errorf("%s's copy has the planted secret, or a script", h.name)
		}

		found := 0
		for _, own := range []string{fmt.Sprintf("kept-%02d", i), fmt.Sprintf("chat-%02d", i), h.id} {
			if strings.Contains(all, own) {
				found++
			}
		}
		if found != 3 || summary.Documents != 2 {
			t.Errorf("%s: %d of 3 of their own, %d of 2 documents", h.name, found, summary.Documents)
		}
		t.Logf("%-12s %-24.24s %9d %6d%% %6d %6d", h.kind, h.name, summary.Documents, 100*found/3, summary.People, leaks)
	}
}

func TestACopyOpensWithOtherTools(t *testing.T) {
	people := account()
	body, _ := write(t, people[0].subject(), documentsOf(t, people))
	checkWithTools(t, body, "request-1")
}

func TestNothingFoundIsAnAnswer(t *testing.T) {
	stranger := dsr.Subject{ObjectID: "11111111-2222-4333-8444-555555555555"}
	body, summary := write(t, stranger, documentsOf(t, account()))

	files := unzip(t, body, "request-1")
	if faults := checkBag(files); len(faults) > 0 || summary.Documents != 0 {
		t.Error(summary.Documents, faults)
	}
	for _, text := range []string{"We found nothing that is yours", "We looked through", "data protection authority", "default-src 'none'"} {
		if !strings.Contains(files["index.html"], text) {
			t.Errorf("index.html lacks %q", text)
		}
	}
}

func TestWithoutASubjectThereIsNoCopy(t *testing.T) {
	for _, s := range []dsr.Subject{{}, {DisplayName: "Ada Example"}} {
		_, err := personcopy.Write(t.Context(), &bytes.Buffer{}, personcopy.Order{RequestID: "r", Subject: s}, documentsOf(t, account()))
		if !errors.Is(err, personcopy.ErrNoSubject) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
