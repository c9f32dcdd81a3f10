package personcopy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

// inParts yields documents as parts of the same length.
func inParts(length int, all []personcopy.Document) personcopy.Documents {
	return func(_ context.Context, from string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			found := from == ""
			for i, d := range all {
				d.Part, d.Entry = fmt.Sprintf("1/data/all/part-%05d.json", i/length), i%length
				if found = found || d.Part == from; !found {
					continue
				}
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

// interrupted makes a copy with a Copier of its own for each part, and returns all that they
// wrote. before is called with what is saved, ahead of each one but the first.
func interrupted(t *testing.T, order personcopy.Order, documents personcopy.Documents) (zip []byte, summary personcopy.Summary, stops int) {
	t.Helper()
	var out bytes.Buffer
	c, err := personcopy.NewCopier(order, &out)
	for err == nil {
		var finished bool
		if finished, err = c.Run(t.Context(), documents, func() bool { return true }); err != nil {
			break
		}
		stops++

		var state bytes.Buffer
		if err = c.Save(&state); err != nil {
			break
		}
		read := c.Read()
		if c, err = personcopy.Resume(order, &out, &state); err != nil {
			break
		}
		if c.Read() != read {
			t.Fatalf("%d documents were read, and %d after the pause", read, c.Read())
		}
		if finished {
			return out.Bytes(), c.Summary(), stops
		}
	}
	t.Fatal(err)
	return nil, personcopy.Summary{}, 0
}

func TestAnInterruptedCopyHasTheSameBytes(t *testing.T) {
	people := account()
	all := newArchive(t, people).documents
	for name, tt := range map[string]struct {
		who       human
		decisions []dsr.ReviewDecision
	}{
		"a colleague":          {who: people[0]},
		"a service principal":  {who: people[len(people)-1]},
		"after some decisions": {people[0], []dsr.ReviewDecision{{Rule: dsr.RuleOwnerName, Verdict: dsr.VerdictInclude}, {Rule: dsr.RuleNamePart, Verdict: dsr.VerdictRemove}}},
	} {
		t.Run(name, func(t *testing.T) {
			order := orderOf(tt.who.subject())
			for _, d := range tt.decisions {
				order.Decisions.Add(d)
			}
			documents := inParts(50, all)

			var whole bytes.Buffer
			var places []dsr.ReviewPlace
			order.Uncertain = func(p dsr.ReviewPlace) error {
				places = append(places, p)
				return nil
			}
			want, err := personcopy.Write(t.Context(), &whole, order, documents)
			if err != nil {
				t.Fatal(err)
			}
			wantPlaces := places

			places = nil
			got, summary, stops := interrupted(t, order, documents)
			if !bytes.Equal(got, whole.Bytes()) {
				t.Errorf("%d bytes after %d stops, not the %d of a copy without one", len(got), stops, whole.Len())
			}
			if stops < 2*len(all)/50 || !reflect.DeepEqual(summary, want) || !reflect.DeepEqual(places, wantPlaces) {
				t.Errorf("%d stops: %s\n%s", stops, cmp.Diff(want, summary), cmp.Diff(wantPlaces, places))
			}
		})
	}
}

// TestAnInterruptedCopyOfSeveralFiles has pauses in the middle of files, and files between pauses.
func TestAnInterruptedCopyOfSeveralFiles(t *testing.T) {
	var all []personcopy.Document
	for d, err := range stream(6000, func(int) {})(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	order := orderOf(kingOf())
	for _, length := range []int{700, 1999} {
		documents := inParts(length, all)
		want := writeOrder(t, order, documents)
		if got, _, stops := interrupted(t, order, documents); !bytes.Equal(got, want) {
			t.Errorf("parts of %d: %d bytes after %d stops, not %d", length, len(got), stops, len(want))
		}
	}
}

func TestWhatIsSavedMustBeWhole(t *testing.T) {
	order := orderOf(kingOf())
	c, err := personcopy.NewCopier(order, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var state bytes.Buffer
	if err := c.Save(&state); err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 1, state.Len() / 2, state.Len() - 1} {
		if _, err := personcopy.Resume(order, io.Discard, bytes.NewReader(state.Bytes()[:cut])); err == nil {
			t.Errorf("%d of %d bytes were enough", cut, state.Len())
		}
	}
	if _, err := personcopy.Resume(order, io.Discard, strings.NewReader("{}")); err == nil {
		t.Error("JSON is taken")
	}
}

// TestAPauseThatCannotBeWritten fills the disk at each byte.
func TestAPauseThatCannotBeWritten(t *testing.T) {
	pause := func(to io.Writer) error {
		b := personcopy.NewBag(to, "bag")
		if err := b.Add("data/a.txt", func(w io.Writer) error {
			_, err := io.WriteString(w, strings.Repeat("some text, ", 10))
			return err
		}); err != nil {
			return err
		}
		return b.Pause()
	}
	var whole bytes.Buffer
	if err := pause(&whole); err != nil || whole.Len() == 0 {
		t.Fatalf("%d bytes, %v", whole.Len(), err)
	}

	for room := range whole.Len() {
		if err := pause(&failing{room}); !errors.Is(err, errFull) {
			t.Errorf("room for %d of %d bytes: %v", room, whole.Len(), err)
		}
	}
}
