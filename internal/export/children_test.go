package export

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// named is a page of runs.
func named(next string, runs ...string) string {
	var elements []string
	for _, r := range runs {
		elements = append(elements, `{"runId":"`+r+`"}`)
	}
	token := "null"
	if next != "" {
		token = `"` + next + `"`
	}
	return `{"value":[` + strings.Join(elements, ",") + `],"continuationToken":` + token + `}`
}

// childless answers each list of children that isn't named with an empty one.
func childless(call azureml.Call) (string, error) {
	if call.Operation.ID != "W54" {
		return "", fmt.Errorf("an unexpected call: %s", keyOf(call))
	}
	return named(""), nil
}

// distinct returns each text once, sorted.
func distinct(items []string) []string { return slices.Compact(slices.Sorted(slices.Values(items))) }

func TestChildrenAreFollowedDown(t *testing.T) {
	const root = "{ \"value\" : [{\"runId\":\"a\",\"token\":\"s3cret\",\"createdBy\":{\"userObjectId\":\"OID-ANNA\"}},\t{\"runId\":\"b\"}], \"n\":1e400, \"continuationToken\":\"2\" }"
	u := &upstream{other: childless, answers: map[string]string{
		"W52":           root,
		"W54 a":         named("1", "a.1", "b"), // b is in the list itself, too
		"W54 a token:1": named("2"),
		"W54 a token:2": named("", "a.2"),
		"W54 a.1":       named("", "a.1.1"),
		"W54 a.1.1":     named("", "a", "a.1", "a.1.1"), // a cycle
	}}

	w, b := workerOf(u)
	job := jobOf("ml-runs")
	got, err := w.List(t.Context(), job, "")
	if err != nil {
		t.Fatal(err)
	}

	all := []string{"a", "a.1", "a.1.1", "a.2", "b"}
	if !slices.Equal(distinct(got.Items), all) || !slices.Equal(got.Items[:2], []string{"a", "b"}) || got.Cursor != "token:2" {
		t.Errorf("got %v, next %q", got.Items, got.Cursor)
	}
	// Each item once, and the list's own before what hangs on them.
	if page := dsr.NewPage(job.Task, got.Items, nil, 50); !slices.Equal(slices.Sorted(slices.Values(page.Items)), all) {
		t.Errorf("the page has %v", page.Items)
	}

	for _, item := range all {
		if n := u.calls["W54 "+item]; n != 1 {
			t.Errorf("%d calls for what hangs on %s", n, item)
		}
	}

	if u.calls["W54 a token:1"] != 1 || u.calls["W54 a token:2"] != 1 || len(u.calls) != 8 {
		t.Errorf("calls %v", u.calls)
	}

	entries := partOf(t, b, job.Task.AnswerBlob(job.Target))
	if len(entries) != 8 || entries[0].Endpoint != "W52" || entries[0].Item != "" {
		t.Fatalf("got %d entries", len(entries))
	}

	if doc := string(entries[0].Document); doc != strings.Replace(root, "s3cret", "[masked]", 1) || entries[0].SubjectMatches != 1 || !slices.Equal(entries[0].Masked, []string{"/value/0/token"}) {
		t.Errorf("stored %s, %d matches, masked %v", doc, entries[0].SubjectMatches, entries[0].Masked)
	}

	var pagesOfA []string
	for _, e := range entries[1:] {
		if e.Endpoint != "W54" || e.Status != http.StatusOK || e.Item == "" {
			t.Errorf("got %+v", e.Entry)
		}
		if e.Item == "a" {
			pagesOfA = append(pagesOfA, string(e.Document))
		}
	}

	if want := []string{named("1", "a.1", "b"), named("2"), named("", "a.2")}; !slices.Equal(pagesOfA, want) {
		t.Errorf("the pages of a are %v", pagesOfA)
	}
}

// A type that hangs on runs and is asked for alone finds the same ones.
func TestAFollowerFollowsChildrenToo(t *testing.T) {
	u := &upstream{other: childless, answers: map[string]string{"W52": named("", "a"), "W54 a": named("", "a.1")}}
	w, _ := workerOf(u)
	got, err := w.List(t.Context(), jobOf("ml-run-metrics"), "")
	if err != nil || !slices.Equal(got.Items, []string{"a", "a.1"}) {
		t.Errorf("got %v, %v", got.Items, err)
	}
}

func TestASubNodesEntriesHaveNoChildren(t *testing.T) {
	u := &upstream{answers: map[string]string{"W58 a": `{"value":[{"path":"x"}]}`}}
	w, _ := workerOf(u)
	job := jobOf("ml-run-artifacts")
	job.Item, job.Task.Node, job.Task.Parent = "a", dsr.SubNodeName("00001", job.Task.Type, "a"), &dsr.Position{Pass: 1, Page: 1}
	got, err := w.List(t.Context(), job, "")
	if err != nil || !slices.Equal(got.Items, []string{"x"}) {
		t.Errorf("got %v, %v", got.Items, err)
	}
}

func TestAnItemThatIsGoneHasNoChildren(t *testing.T) {
	u := &upstream{
		other:   childless,
		answers: map[string]string{"W52": named("", "a", "b"), "W54 b": named("", "b.1")},
		errors:  map[string]error{"W54 a": refused(http.StatusNotFound, dsr.ReasonTargetNotFound)},
	}

	w, b := workerOf(u)
	job := jobOf("ml-runs")
	got, err := w.List(t.Context(), job, "")
	if err != nil || !slices.Equal(got.Items, []string{"a", "b", "b.1"}) {
		t.Fatalf("got %v, %v", got.Items, err)
	}

	for _, e := range partOf(t, b, job.Task.AnswerBlob(job.Target)) {
		if gone := e.Item == "a"; gone != (e.Status == http.StatusNotFound) || gone != (string(e.Document) == "null") {
			t.Errorf("got %+v with %s", e.Entry, e.Document)
		}
	}
}

// A page whose children can't all be read would be taken for complete.
func TestAPageWhoseChildrenCannotBeReadIsNotStored(t *testing.T) {
	var many []string
	for n := range maxBelow + 1 {
		many = append(many, fmt.Sprint(n))
	}

	tests := []struct {
		name   string
		answer string
		err    error
		class  dsr.Class
		reason string
	}{
		{"forbidden", "", refused(http.StatusForbidden, dsr.ReasonForbidden), dsr.Permanent, dsr.ReasonForbidden},
		{"throttled", "", dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "later"), dsr.Throttled, dsr.ReasonThrottled},
		{"an expired cursor", "", refused(http.StatusGone, dsr.ReasonCursorExpired), dsr.Permanent, dsr.ReasonCursorExpired},
		{"no list", `{"runs":[]}`, nil, dsr.Permanent, dsr.ReasonMalformedAnswer},
		{"an element without a name", `{"value":[{}]}`, nil, dsr.Permanent, dsr.ReasonMalformedAnswer},
		{"a page that is too long", tooLong(), nil, dsr.Permanent, dsr.ReasonMalformedAnswer},
		{"too many items", named("", many...), nil, dsr.Permanent, dsr.ReasonMalformedAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := &upstream{other: childless, answers: map[string]string{"W52": named("", "a")}, errors: map[string]error{}}
			if u.errors["W54 a"] = tt.err; tt.err == nil {
				u.answers["W54 a"] = tt.answer
			}
			w, b := workerOf(u)
			_, err := w.List(t.Context(), jobOf("ml-runs"), "")
			wantRefused(t, err, tt.class, tt.reason, b)
		})
	}

	t.Run("the list's own page is too long", func(t *testing.T) {
		u := &upstream{answers: map[string]string{"W52": tooLong()}}
		w, b := workerOf(u)
		_, err := w.List(t.Context(), jobOf("ml-runs"), "")
		wantRefused(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer, b)
	})
}

func TestAChildListThatDoesNotEndIsRefused(t *testing.T) {
	tests := []struct {
		name  string
		calls int
		next  func(n int) string
	}{
		{"a page that names itself", 2, func(int) string { return "1" }},
		{"a ring of two pages", 4, func(n int) string { return fmt.Sprint(n % 2) }},
		{"a ring of seven pages", 15, func(n int) string { return fmt.Sprint(n % 7) }},
		{"ever new tokens without items", maxPages, func(n int) string { return fmt.Sprint(n) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			u := &upstream{answers: map[string]string{"W52": named("", "a")}, other: func(azureml.Call) (string, error) {
				n++
				return named(tt.next(n)), nil
			}}

			w, b := workerOf(u)
			_, err := w.List(t.Context(), jobOf("ml-runs"), "")
			wantRefused(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer, b)

			if n != tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
		})
	}
}
