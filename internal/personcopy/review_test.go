package personcopy_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

const (
	mine    = `"createdBy":{"userObjectId":"` + ada + `","userName":"Ada King","upn":"ada.king@example.org"}`
	another = `"createdBy":{"userObjectId":"99990000-0b1d-4e5f-8a77-9c0d1e2f3a4b","userName":"Grace Hopper","upn":"grace.hopper@example.org"}`
	short   = `"createdBy":{"userObjectId":"88880000-0b1d-4e5f-8a77-9c0d1e2f3a4b","userName":"bob","upn":"bob@example.org"}`
	same    = `"createdBy":{"userObjectId":"77770000-0b1d-4e5f-8a77-9c0d1e2f3a4b","userName":"Ada King","upn":"a.king2@example.org"}`
)

func kingOf() dsr.Subject {
	return dsr.Subject{ObjectID: ada, UserPrincipalName: "ada.king@example.org", DisplayName: "Ada King"}
}

// documentsOf yields runs, or documents of other rows where a body begins with the row's id.
func documentsOf(bodies ...string) personcopy.Documents {
	return func(context.Context, string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for i, body := range bodies {
				d := personcopy.Document{
					Endpoint:    "W53",
					Target:      experiment,
					Item:        "run-" + string(rune('a'+i)),
					RetrievedAt: bagDay,
					Part:        "1/data/ml-runs/part.json",
					Entry:       i,
				}
				if row, rest, ok := strings.Cut(body, " "); ok && len(row) < 5 {
					d.Endpoint, body, d.Target = row, rest, space
				}
				d.Body = []byte(body)
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

// reviewed makes a copy by decisions. It returns the bytes, the summary and the places.
func reviewed(t *testing.T, from personcopy.Documents, decisions ...dsr.ReviewDecision) ([]byte, personcopy.Summary, []dsr.ReviewPlace) {
	t.Helper()
	var places []dsr.ReviewPlace
	order := orderOf(kingOf())
	order.Uncertain = func(p dsr.ReviewPlace) error {
		places = append(places, p)
		return nil
	}
	for _, d := range decisions {
		order.Decisions.Add(d)
	}
	var out bytes.Buffer
	summary, err := personcopy.Write(t.Context(), &out, order, from)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), summary, places
}

// textOf returns what all files of a copy say.
func textOf(t *testing.T, body []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, r); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestWhatAProgramCannotDecideIsListed(t *testing.T) {
	for name, tt := range map[string]struct {
		documents []string
		want      []dsr.ReviewRule
	}{
		"nothing": {[]string{`{` + mine + `,"tags":{"note":"a run"}}`}, nil},
		"a document that names nobody, and the subject": {
			[]string{`W08 {"name":"data","properties":{"description":"made for Ada King"}}`, `W11 {"name":"data","properties":{"description":"Ask ADA.king@example.org"}}`},
			[]dsr.ReviewRule{dsr.RuleMention, dsr.RuleMention},
		},
		"a document that names nobody":                        {[]string{`W11 {"name":"data","properties":{"description":"for all"}}`}, nil},
		"a document with the subject's id, in JSON of a text": {[]string{`W11 {"name":"data","properties":{"x":"{\"who\":\"` + ada + `\"}"}}`}, []dsr.ReviewRule{dsr.RuleMention}},
		"a document whose owner has the subject's name":       {[]string{`{"createdBy":{"userName":"Ada King"}}`}, []dsr.ReviewRule{dsr.RuleOwnerName}},
		"the subject's name, which nobody else has":           {[]string{`{` + mine + `,"tags":{"note":"for Ada King"}}`, `{` + another + `}`}, nil},
		"the subject's name, which somebody else has":         {[]string{`{` + mine + `,"tags":{"note":"for Ada King"}}`, `{` + same + `}`}, []dsr.ReviewRule{dsr.RuleNamesake}},
		"the short name of somebody":                          {[]string{`{` + mine + `,"tags":{"note":"ask bob"}}`, `{` + short + `}`}, []dsr.ReviewRule{dsr.RuleShortName}},
		"the first name of somebody":                          {[]string{`{` + mine + `,"tags":{"note":"ask Grace"}}`, `{` + another + `}`}, []dsr.ReviewRule{dsr.RuleNamePart}},
		"a word that is a name, in small letters":             {[]string{`{` + mine + `,"tags":{"note":"with grace"}}`, `{` + another + `}`}, nil},
		"a whole name, which is taken out":                    {[]string{`{` + mine + `,"tags":{"note":"Grace Hopper"}}`, `{` + another + `}`}, nil},
		"the subject's own first name":                        {[]string{`{` + mine + `,"tags":{"note":"Ada did it"}}`, `{` + same + `}`}, nil},
		"texts of others":                                     {[]string{`{` + another + `,"tags":{"note":"ask bob"}}`, `{` + short + `}`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, summary, places := reviewed(t, documentsOf(tt.documents...))
			var got []dsr.ReviewRule
			for _, p := range places {
				got = append(got, p.Rule)
				if p.Proposed != personcopy.Proposed(p.Rule) || len(p.ID) != 16 || p.Part == "" {
					t.Errorf("%+v", p)
				}
			}
			if !slices.Equal(got, tt.want) || summary.Uncertain != int64(len(tt.want)) || summary.Review != nil {
				t.Errorf("places %v, want %v; summary %+v", got, tt.want, summary)
			}
		})
	}
}

func TestACopyFollowsWhatWasDecided(t *testing.T) {
	from := documentsOf(
		`{`+mine+`,"tags":{"note":"ask Grace, and bob","other":"Grace again"}}`,
		`{`+another+`}`, `{`+short+`}`,
		`W11 {"name":"data","properties":{"description":"the set of Ada King, with Grace and Grace Hopper"}}`,
	)
	_, _, places := reviewed(t, from)
	ids := map[dsr.ReviewRule][]string{}
	for _, p := range places {
		ids[p.Rule] = append(ids[p.Rule], p.ID)
	}
	if len(places) != 4 || len(ids[dsr.RuleNamePart]) != 2 {
		t.Fatalf("places %+v", places)
	}
	byRule := func(v dsr.Verdict, r dsr.ReviewRule) dsr.ReviewDecision {
		return dsr.ReviewDecision{Verdict: v, Rule: r}
	}
	place := func(v dsr.Verdict, ids ...string) dsr.ReviewDecision {
		return dsr.ReviewDecision{Verdict: v, Places: ids}
	}

	for name, tt := range map[string]struct {
		decisions []dsr.ReviewDecision
		has, not  []string
		want      *personcopy.Reviewed
	}{
		"nothing": {
			has: []string{"ask Grace, and bob", "Grace again"},
			not: []string{"the set of"},
		},
		"a place is removed": {
			decisions: []dsr.ReviewDecision{place(dsr.VerdictRemove, ids[dsr.RuleNamePart][0])},
			has:       []string{"ask another person, and bob", "Grace again"},
			want:      &personcopy.Reviewed{Uncertain: 4, Decided: 1, Removed: 1},
		},
		"all of a rule": {
			decisions: []dsr.ReviewDecision{byRule(dsr.VerdictRemove, dsr.RuleNamePart)},
			has:       []string{"ask another person, and bob", "another person again"},
			want:      &personcopy.Reviewed{Uncertain: 4, Decided: 2, Removed: 2},
		},
		"all of a rule but one, whichever was first": {
			decisions: []dsr.ReviewDecision{place(dsr.VerdictKeep, ids[dsr.RuleNamePart][0]), byRule(dsr.VerdictRemove, dsr.RuleNamePart)},
			has:       []string{"ask Grace, and bob", "another person again"},
			want:      &personcopy.Reviewed{Uncertain: 4, Decided: 2, Removed: 1, Kept: 1},
		},
		"the later one of two": {
			decisions: []dsr.ReviewDecision{byRule(dsr.VerdictRemove, dsr.RuleShortName), byRule(dsr.VerdictKeep, dsr.RuleShortName)},
			has:       []string{"and bob"},
			want:      &personcopy.Reviewed{Uncertain: 4, Decided: 1, Kept: 1},
		},
		"a document goes in, without others": {
			decisions: []dsr.ReviewDecision{place(dsr.VerdictInclude, ids[dsr.RuleMention]...)},
			has:       []string{"the set of Ada King, with Grace and person-1"},
			want:      &personcopy.Reviewed{Uncertain: 4, Decided: 1, Included: 1},
		},
		"to keep what is left out is to include it": {
			decisions: []dsr.ReviewDecision{byRule(dsr.VerdictKeep, dsr.RuleMention), byRule(dsr.VerdictRemove, dsr.RuleNamePart)},
			has:       []string{"the set of Ada King, with another person and person-1"},
			want:      &personcopy.Reviewed{Uncertain: 4, Decided: 3, Included: 1, Removed: 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			body, summary, again := reviewed(t, from, tt.decisions...)
			text := textOf(t, body)
			for _, want := range tt.has {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in the copy", want)
				}
			}
			for _, not := range append(tt.not, "Grace Hopper") {
				if strings.Contains(text, not) {
					t.Errorf("%q is in the copy", not)
				}
			}
			if (summary.Review == nil) != (tt.want == nil) || (tt.want != nil && *summary.Review != *tt.want) {
				t.Errorf("review %+v, want %+v", summary.Review, tt.want)
			}
			if !slices.EqualFunc(again, places, func(a, b dsr.ReviewPlace) bool { return a.ID == b.ID && a.Rule == b.Rule }) {
				t.Error("the list depends on what was decided")
			}
			if twice, _, _ := reviewed(t, from, tt.decisions...); !bytes.Equal(body, twice) {
				t.Error("the same decisions give other bytes")
			}
		})
	}
}

func TestAFileGoesInOnlyByDecision(t *testing.T) {
	const content = "the text of a file"
	sum := sha256.Sum256([]byte(content))
	stored := content
	from := func(ctx context.Context, part string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for d := range documentsOf(`{`+mine+`}`)(ctx, part) {
				d.Content = &dsr.Content{Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
				d.Open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(stored)), nil }
				yield(d, nil)
			}
		}
	}

	body, summary, places := reviewed(t, from)
	if len(places) != 1 || places[0].Rule != dsr.RuleFile || strings.Contains(textOf(t, body), content) || summary.Files != 1 {
		t.Fatalf("places %+v, summary %+v", places, summary)
	}
	include := dsr.ReviewDecision{Verdict: dsr.VerdictInclude, Rule: dsr.RuleFile}
	body, _, _ = reviewed(t, from, include)
	if text := textOf(t, body); !strings.Contains(text, content) || !strings.Contains(text, `"name":"data/files/000001/run-a"`) {
		t.Errorf("the file is not in the copy: %s", text)
	} else if strings.Contains(text, "The contents of files") {
		t.Error("the copy says that it leaves out the contents of files, and has them all")
	}

	stored = "another text"
	order := orderOf(kingOf())
	order.Decisions.Add(include)
	if _, err := personcopy.Write(t.Context(), io.Discard, order, from); err == nil {
		t.Error("a file with another hash went into the copy")
	}
}

// What people put into a copy has nobody else in it either, and no secret.
func TestWhatIsPutInHasAllOfOnePersonAndNobodyElse(t *testing.T) {
	people := account()
	archive := newArchive(t, people)
	for _, i := range []int{0, 7, 15} { // a colleague, a namesake, and somebody with a short name
		order := orderOf(people[i].subject())
		for _, d := range []dsr.ReviewDecision{
			{Verdict: dsr.VerdictInclude, Rule: dsr.RuleMention},
			{Verdict: dsr.VerdictInclude, Rule: dsr.RuleOwnerName},
			{Verdict: dsr.VerdictRemove, Rule: dsr.RuleNamePart},
			{Verdict: dsr.VerdictRemove, Rule: dsr.RuleShortName},
		} {
			order.Decisions.Add(d)
		}
		var out bytes.Buffer
		summary, err := personcopy.Write(t.Context(), &out, order, archive.source())
		if err != nil {
			t.Fatal(err)
		}
		leaks := leaksIn(t, textOf(t, out.Bytes()), people, i)
		if summary.Review == nil || summary.Review.Included == 0 || leaks > 0 {
			t.Errorf("%s: %d leaks, review %+v", people[i].name, leaks, summary.Review)
		}
		t.Logf("%-24.24s %4d documents, %+v, %v", people[i].name, summary.Documents, *summary.Review, summary.Rules)
	}
}
