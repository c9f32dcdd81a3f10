package personcopy_test

import (
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

// ownerless are documents of which one is the subject's and describes a file, one names them and
// says no owner, and one has an owner of their name. Of the last one nothing is the subject's.
func ownerless() personcopy.Documents {
	return withFile("the text of a file", documentsOf(
		`{`+mine+`}`,
		`{"description":"for Ada King by Grace Hopper, whom Grace knows","token":"eyJ0eXAiOiJKV1QifQ.e30.c2VjcmV0"}`,
		`{"createdBy":{"userName":"Ada King"},"tags":{"note":"a run of that name"}}`,
		`{"description":"for all"}`,
		`{`+another+`}`,
	))
}

// withFile gives the first document a file.
func withFile(content string, docs personcopy.Documents) personcopy.Documents {
	sum := sha256.Sum256([]byte(content))
	return func(ctx context.Context, part string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for d, err := range docs(ctx, part) {
				if d.Entry == 0 {
					d.Content = &dsr.Content{Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
					d.Open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
				}
				if !yield(d, err) {
					return
				}
			}
		}
	}
}

// byPolicy makes a copy by a policy and decisions. It returns what its files say, the summary and
// the places.
func byPolicy(t *testing.T, from personcopy.Documents, policy dsr.CopyPolicy, decisions ...dsr.ReviewDecision) (string, personcopy.Summary, []dsr.ReviewPlace) {
	t.Helper()
	var places []dsr.ReviewPlace
	order := orderOf(kingOf())
	order.Policy = policy
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
	return textOf(t, out.Bytes()), summary, places
}

const (
	mentioned = "for Ada King by person-1"
	sameName  = "a run of that name"
	fileText  = "the text of a file"
	fileWords = "In the contents of files nobody is replaced"
	ownWords  = "Records that do not say whose they are count, too"
	leftFiles = "The contents of files"
)

func TestWhatACopyHasByItsPolicy(t *testing.T) {
	unattributed := dsr.CopyPolicy{Unattributed: dsr.CopyInclude, Files: dsr.CopyLeave}
	files := dsr.CopyPolicy{Unattributed: dsr.CopyLeave, Files: dsr.CopyInclude}
	remove := func(rule dsr.ReviewRule) dsr.ReviewDecision {
		return dsr.ReviewDecision{Verdict: dsr.VerdictRemove, Rule: rule}
	}

	for name, tt := range map[string]struct {
		policy    dsr.CopyPolicy
		decisions []dsr.ReviewDecision
		has, not  []string
	}{
		"none": {
			has: []string{leftFiles, "Nothing in them shows for certain"},
			not: []string{mentioned, sameName, fileText, ownWords, fileWords, `"policy"`},
		},
		"all is left": {
			policy: dsr.SafePolicy(),
			has:    []string{leftFiles, `"unattributed": "leave"`, `"files": "leave"`},
			not:    []string{mentioned, sameName, fileText, ownWords, fileWords},
		},
		"what is nobody's goes in": {
			policy: unattributed,
			has:    []string{mentioned, sameName, ownWords, leftFiles, `"unattributed": "include"`, "Things that name you are in this copy"},
			not:    []string{fileText, fileWords, "Nothing in them shows for certain"},
		},
		"files go in": {
			policy: files,
			has:    []string{fileText, fileWords, `"files": "include"`},
			not:    []string{mentioned, sameName, leftFiles, ownWords},
		},
		"a decision about a rule outweighs it": {
			policy:    unattributed,
			decisions: []dsr.ReviewDecision{remove(dsr.RuleOwnerName)},
			has:       []string{mentioned},
			not:       []string{sameName},
		},
		"a decision about files outweighs it": {
			policy:    files,
			decisions: []dsr.ReviewDecision{remove(dsr.RuleFile)},
			has:       []string{leftFiles},
			not:       []string{fileText, fileWords},
		},
		"to keep what it puts in changes nothing": {
			policy:    unattributed,
			decisions: []dsr.ReviewDecision{{Verdict: dsr.VerdictKeep, Rule: dsr.RuleMention}},
			has:       []string{mentioned, sameName},
		},
		"what is decided about words holds there, too": {
			policy:    unattributed,
			decisions: []dsr.ReviewDecision{remove(dsr.RuleNamePart)},
			has:       []string{mentioned + ", whom another person knows"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, _, _ := byPolicy(t, ownerless(), tt.policy, tt.decisions...)
			for _, want := range tt.has {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in the copy", want)
				}
			}
			for _, not := range append(tt.not, "Grace Hopper", "c2VjcmV0", "for all") {
				if strings.Contains(text, not) {
					t.Errorf("%q is in the copy", not)
				}
			}
		})
	}
}

// What the policy puts in is on the list as proposed, and so are the doubtful words in it. Nobody
// has decided anything, so the copy does not say that it was reviewed.
func TestWhatAPolicyPutsInIsProposed(t *testing.T) {
	all := dsr.CopyPolicy{Unattributed: dsr.CopyInclude, Files: dsr.CopyInclude}
	_, summary, places := byPolicy(t, ownerless(), all)
	type listed struct {
		Rule     dsr.ReviewRule
		Proposed dsr.Verdict
	}
	var got []listed
	for _, p := range places {
		got = append(got, listed{p.Rule, p.Proposed})
	}
	want := []listed{
		{dsr.RuleFile, dsr.VerdictInclude},
		{dsr.RuleMention, dsr.VerdictInclude},
		{dsr.RuleNamePart, dsr.VerdictKeep},
		{dsr.RuleOwnerName, dsr.VerdictInclude},
	}
	if !slices.Equal(got, want) || summary.Review != nil || summary.Uncertain != 4 || summary.Policy != all {
		t.Errorf("%+v, %+v", got, summary)
	}
	for _, r := range summary.Rules {
		if proposed := r.Proposed; (proposed == dsr.VerdictKeep) != (r.Rule == dsr.RuleNamePart) {
			t.Errorf("%+v", r)
		}
	}

	// A decision about one place holds there, and nowhere else.
	text, summary, _ := byPolicy(t, ownerless(), all, dsr.ReviewDecision{Verdict: dsr.VerdictRemove, Places: []string{places[1].ID}})
	if strings.Contains(text, mentioned) || !strings.Contains(text, sameName) || *summary.Review != (personcopy.Reviewed{Uncertain: 3, Decided: 1, Removed: 1}) {
		t.Errorf("%+v", summary.Review)
	}
}

// A document that only a decision has put in is on no list beyond that, and its file follows the
// policy.
func TestTheFileOfWhatADecisionPutsInFollowsThePolicy(t *testing.T) {
	from := withFile(fileText, documentsOf(`{"description":"for Ada King"}`))
	putIn := dsr.ReviewDecision{Verdict: dsr.VerdictInclude, Rule: dsr.RuleMention}
	for choice, want := range map[dsr.CopyChoice]bool{dsr.CopyLeave: false, dsr.CopyInclude: true} {
		text, _, places := byPolicy(t, from, dsr.CopyPolicy{Files: choice}, putIn)
		if strings.Contains(text, fileText) != want || len(places) != 1 {
			t.Errorf("%s: %+v", choice, places)
		}
	}
}
