package export

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

func annas() *sieve {
	subject := &dsr.Subject{ObjectID: "oid-anna"}
	return &sieve{subject: subject, names: namesOf(subject)}
}

func rowOf(t testing.TB, id string) azureml.Operation {
	t.Helper()
	row, ok := azureml.Find(id)
	if !ok {
		t.Fatalf("there is no row %s", id)
	}
	return row
}

func TestAPageKeepsTheNameAloneOfWhatIsLeftOut(t *testing.T) {
	for name, tt := range map[string]struct {
		row, page, want string
		left            int
	}{
		"of the subject":                     {"E14", `[{"runId":"a","userId":"oid-anna"}]`, `[{"runId":"a","userId":"oid-anna"}]`, 0},
		"of another":                         {"E14", `[{"runId":"a","userId":"oid-bob"}]`, `[{"runId":"a"}]`, 1},
		"of both, with white space":          {"E14", " [ {\"runId\": \"a\", \"u\": \"oid-bob\"} ,\n{\"runId\":\"b\",\"u\":\"oid-anna\"}]\n", " [ {\"runId\":\"a\"} ,\n{\"runId\":\"b\",\"u\":\"oid-anna\"}]\n", 1},
		"with a link and what is beside it":  {"E14", `{"count":2,"value":[{"u":"oid-bob","runId":"a"}],"nextLink":"https://x/?u=1"}`, `{"count":2,"value":[{"runId":"a"}],"nextLink":"https://x/?u=1"}`, 1},
		"that names an element twice":        {"E14", `[{"runId":"a","u":"oid-bob","runId":"b"}]`, `[{"runId":"b"}]`, 1},
		"whose name has escapes":             {"E14", `[{"runId":"a\u0062\/","u":"oid-bob"}]`, `[{"runId":"a\u0062\/"}]`, 1},
		"as OpenAI writes it":                {"W68", `{"data":[{"id":"t","metadata":{"user":"oid-bob"}}],"has_more":true,"last_id":"t"}`, `{"data":[{"id":"t"}],"has_more":true,"last_id":"t"}`, 1},
		"of elements without a name":         {"E17", `{"value":[{"x":1},{"u":"oid-anna"},7]}`, `{"value":[{},{"u":"oid-anna"},{}]}`, 2},
		"of ARM, whose names have a parent":  {"W08", `{"value":[{"name":"ws/data-1","id":"/subscriptions/s","systemData":{"createdBy":"bob"}}]}`, `{"value":[{"name":"ws/data-1"}]}`, 1},
		"behind a byte order mark":           {"E14", "\xef\xbb\xbf[{\"runId\":\"a\",\"u\":1}]", `[{"runId":"a"}]`, 1},
		"without elements":                   {"E14", `{"value":[]}`, `{"value":[]}`, 0},
		"whose value is null":                {"E14", `{"value":null}`, `{"value":null}`, 0},
		"where only a secret has the name":   {"E14", `[{"runId":"a","password":"oid-anna"}]`, `[{"runId":"a"}]`, 1},
		"where a text within names someone":  {"E14", `[{"runId":"a","tags":{"note":"by oid-anna, 2018"}}]`, `[{"runId":"a","tags":{"note":"by oid-anna, 2018"}}]`, 0},
		"where a text is no Unicode":         {"E14", "[{\"runId\":\"a\",\"u\":\"\xff\"}]", `[{"runId":"a"}]`, 1},
		"with another array beside the list": {"E14", `{"data2":[{"u":"oid-bob"}],"value":[]}`, `{"data2":[{"u":"oid-bob"}],"value":[]}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			row := rowOf(t, tt.row)
			got, left, err := annas().page(row, []byte(tt.page))
			if err != nil || string(got) != tt.want || left != tt.left {
				t.Errorf("got %s, %d left, %v\nwant %s, %d", got, left, err, tt.want, tt.left)
			}
			sameListing(t, row, tt.page, string(got))
		})
	}
}

// sameListing checks that two answers lead to the same items and the same next page.
func sameListing(t *testing.T, row azureml.Operation, before, after string) {
	t.Helper()
	want, err := azureml.ReadListing(strings.NewReader(before), row)
	if err != nil {
		return // such an answer is refused
	}
	got, err := azureml.ReadListing(strings.NewReader(after), row)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s leads to %+v, %v\n%s leads to %+v", after, got, err, before, want)
	}
}

func FuzzAPageLeadsToTheSame(f *testing.F) {
	for _, page := range []string{`[{"runId":"a","u":"oid-bob"}]`, `{"value":[{"runId":"a"}],"value":[{"runId":"b","x":[[]]}],"continuationToken":"t"}`, `{"value":[{"runId":"a","runId":{}}]}`} {
		f.Add(page)
	}
	row := rowOf(f, "E14")
	f.Fuzz(func(t *testing.T, page string) {
		if got, _, err := annas().page(row, []byte(page)); err == nil {
			sameListing(t, row, page, string(got))
		}
	})
}

// A document that is too long to hold is looked through first, and asked for once more only
// if it is kept.
func TestALongDocumentIsLookedThroughBeforeItIsKept(t *testing.T) {
	long := func(user string) string {
		return `{"runId":"r","x":"` + strings.Repeat("x", held) + `","user":"` + user + `"}`
	}
	for name, tt := range map[string]struct {
		what, user  string
		calls, left int
	}{
		"of the subject":             {dsr.WhatSubject, "oid-anna", 2, 0},
		"of another":                 {dsr.WhatSubject, "oid-bob", 1, 1},
		"of another, for everything": {"", "oid-bob", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			u := &upstream{answers: map[string]string{"W53 r": long(tt.user)}}
			w, b := workerOf(u)
			job := jobOf("ml-runs")
			job.What = tt.what
			if err := w.Work(t.Context(), job, []string{"r"}); err != nil {
				t.Fatal(err)
			}

			part := partOf(t, b, job.Task.PartBlob(job.Target))
			if len(part) != 1 || part[0].Left != tt.left || (string(part[0].Document) == "null") != (tt.left == 1) {
				t.Errorf("stored %d entries, left %d", len(part), part[0].Left)
			}
			if u.calls["W53 r"] != tt.calls {
				t.Errorf("%d calls, want %d", u.calls["W53 r"], tt.calls)
			}
		})
	}
}

// What hangs on a run is kept with it. Where no stored answer names the run, as in a retry,
// the run itself is asked for, once.
func TestWhatHangsOnARunIsKeptWithIt(t *testing.T) {
	for _, who := range []string{"oid-anna", "oid-bob"} {
		for _, stored := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s stored=%t", who, stored), func(t *testing.T) {
				run := `{"runId":"r","createdBy":{"userObjectId":"` + who + `"}}`
				u := &upstream{answers: map[string]string{
					"W52": `{"value":[` + run + `]}`, "W54 r": `{"value":[]}`, "W53 r": run,
					"W58 r": `{"value":[{"path":"a"},{"path":"b"}]}`,
				}}
				w, b := workerOf(u)
				listed := jobOf("ml-runs")
				listed.What, listed.Node.Type = dsr.WhatSubject, "ml-runs"
				if stored {
					if _, err := w.List(t.Context(), listed, ""); err != nil {
						t.Fatal(err)
					}
				}

				job := listed
				job.Task.Type = "ml-run-artifacts"
				if err := w.Work(t.Context(), job, []string{"r"}); err != nil {
					t.Fatal(err)
				}

				part := partOf(t, b, job.Task.PartBlob(job.Target))
				want := 0
				if who != "oid-anna" {
					want = 2
				}
				if len(part) == 0 || part[0].Left != want {
					t.Errorf("stored %+v, want %d left", part, want)
				}
				if asked := u.calls["W53 r"]; (asked > 0) == stored || asked > 1 {
					t.Errorf("the run was asked for %d times", asked)
				}
			})
		}
	}
}
