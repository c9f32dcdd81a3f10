package personcopy_test

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

// names are members and an item that somebody else may be named in.
func names() personcopy.Documents {
	docs := documentsOf(`{`+mine+`,"tags":{"Grace":"asked","Grace Hopper":"knows"},"inner":"{\"Grace\":1}"}`, `{`+another+`}`)
	return func(ctx context.Context, part string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for d, err := range docs(ctx, part) {
				if d.Entry == 0 {
					d.Item = "Notes of Grace"
				}
				if !yield(d, err) {
					return
				}
			}
		}
	}
}

// TestNamesAreSearchedForWhatIsUncertain has a colleague's first name as the name of a member, of a
// member within JSON, and in the item's name.
func TestNamesAreSearchedForWhatIsUncertain(t *testing.T) {
	body, _, places := reviewed(t, names())
	var of []dsr.NamePlace
	var ids []string
	for _, p := range places {
		if p.Rule != dsr.RuleNamePart {
			t.Errorf("%+v", p)
		}
		of, ids = append(of, p.Name), append(ids, p.ID)
	}
	if want := []dsr.NamePlace{dsr.NameOfMember, dsr.NameOfMember, dsr.NameOfItem}; !slices.Equal(of, want) {
		t.Fatalf("names of %v, want %v", of, want)
	}
	if text := textOf(t, body); !strings.Contains(text, `{"Grace":"asked","person-1":"knows"}`) || !strings.Contains(text, `"item":"Notes of Grace"`) {
		t.Errorf("what nobody has decided is changed: %s", text)
	}

	for i := range ids {
		body, summary, again := reviewed(t, names(), dsr.ReviewDecision{Verdict: dsr.VerdictRemove, Places: ids[i : i+1]})
		text := textOf(t, body)
		for n, name := range []string{`{"%s":"asked","person-1":"knows"}`, `{\"%s\":1}`, `"item":"Notes of %s"`} {
			want := "Grace"
			if n == i {
				want = "another person"
			}
			if !strings.Contains(text, strings.ReplaceAll(name, "%s", want)) {
				t.Errorf("without place %d: %s has not %q in %s", i, name, want, text)
			}
		}
		if summary.Review.Decided != 1 || len(again) != len(ids) {
			t.Errorf("%+v, %+v", summary.Review, again)
		}
	}
	if body, _, _ := reviewed(t, names(), dsr.ReviewDecision{Verdict: dsr.VerdictRemove, Rule: dsr.RuleNamePart}); strings.Contains(textOf(t, body), "Grace") {
		t.Error("the name is still in the copy")
	}
}

// A name and what stands under it are two places, though they have the same pointer.
func TestANameAndItsValueAreTwoPlaces(t *testing.T) {
	from := documentsOf(`{`+mine+`,"tags":{"Grace":"ask Grace"}}`, `{`+another+`}`)
	_, _, places := reviewed(t, from)
	if len(places) != 2 || places[0].ID == places[1].ID || places[0].Name != dsr.NameOfMember || places[1].Name != "" {
		t.Fatalf("%+v", places)
	}
	body, _, _ := reviewed(t, from, dsr.ReviewDecision{Verdict: dsr.VerdictRemove, Places: []string{places[0].ID}})
	if text := textOf(t, body); !strings.Contains(text, `{"another person":"ask Grace"}`) {
		t.Error(text)
	}
}

// A name that many documents have is searched in each as in the first.
func TestANameOfManyDocumentsIsListedInEach(t *testing.T) {
	const run = `{` + mine + `,"tags":{"note":"","for Grace":"x","x/users/someone":"y"}}`
	from := documentsOf(run, run, run, `{`+another+`}`)
	body, _, places := reviewed(t, from)
	if len(places) != 3 {
		t.Errorf("%+v", places)
	}
	if n := strings.Count(textOf(t, body), `"x/users/person-2":"y"`); n != 3 {
		t.Errorf("the folder is taken out of %d names", n)
	}
}

// The name of a place follows what was decided about a rule.
func TestTheNameOfAPlaceFollowsItsRule(t *testing.T) {
	docs := documentsOf(`{`+mine+`}`, `{`+another+`}`)
	from := func(ctx context.Context, part string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for d, err := range docs(ctx, part) {
				d.Target = "/subscriptions/s/workspaces/Grace-lab"
				if !yield(d, err) {
					return
				}
			}
		}
	}
	_, _, places := reviewed(t, from)
	body, _, _ := reviewed(t, from, dsr.ReviewDecision{Verdict: dsr.VerdictRemove, Rule: dsr.RuleNamePart})
	var e struct{ Place string }
	_, rest, _ := strings.Cut(textOf(t, body), "[\n")
	_ = json.NewDecoder(strings.NewReader(rest)).Decode(&e)
	if len(places) != 0 || e.Place != "/subscriptions/s/workspaces/another person-lab" {
		t.Errorf("%q, places %+v", e.Place, places)
	}
}
