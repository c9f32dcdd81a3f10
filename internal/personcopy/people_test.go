package personcopy_test

import (
	"bytes"
	"errors"
	"html"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

func write(t *testing.T, s dsr.Subject, from personcopy.Documents) ([]byte, personcopy.Summary) {
	t.Helper()
	var out bytes.Buffer
	summary, err := personcopy.Write(t.Context(), &out, orderOf(s), from)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), summary
}

func orderOf(s dsr.Subject) personcopy.Order {
	return personcopy.Order{
		RequestID:   "request-1",
		Subject:     s,
		Status:      dsr.StatusSucceeded,
		SubmittedAt: bagDay,
		ClosedAt:    bagDay,
	}
}

// writeOrder returns the copy of an order.
func writeOrder(t *testing.T, order personcopy.Order, from personcopy.Documents) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := personcopy.Write(t.Context(), &out, order, from); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// traces returns what would give somebody away, as reading leaves a text.
func (h human) traces() []string {
	var out []string
	for _, trace := range []string{h.id, h.puid, h.upn, h.mail(), h.name} {
		if trace != "" {
			out = append(out, readings(trace)[0])
		}
	}
	words := strings.Fields(h.name)
	if len(words) > 1 {
		out = append(out, readings(words[len(words)-1] + " " + words[0])[0])
	}
	return out
}

var (
	escapes  = regexp.MustCompile(`\\+u([0-9a-fA-F]{4})`)
	percents = regexp.MustCompile(`%([0-9a-fA-F]{2})`)
	between  = regexp.MustCompile(`[^\pL\pN]+`)
)

// readings returns a text as a reader may see it who undoes escapes level by level: small
// letters without accents, with one blank between words. Object ids are without hyphens.
func readings(text string) []string {
	var out []string
	for range 4 {
		plain := strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
				return -1
			}
			return unicode.ToLower(r)
		}, norm.NFKD.String(text))
		plain = guid.ReplaceAllString(plain, "$1$2$3$4$5")
		out = append(out, " "+strings.TrimSpace(between.ReplaceAllString(plain, " "))+" ")

		text = escapes.ReplaceAllStringFunc(text, func(s string) string {
			n, _ := strconv.ParseUint(s[len(s)-4:], 16, 32)
			return string(rune(n))
		})
		text = percents.ReplaceAllStringFunc(text, func(s string) string {
			n, _ := strconv.ParseUint(s[1:], 16, 8)
			return string([]byte{byte(n)})
		})
		text = html.UnescapeString(text)
	}
	return out
}

var guid = regexp.MustCompile(`([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})`)

// In no byte of anybody's copy stands anybody else or a secret, and everything of their own
// is in it.
func TestACopyHasAllOfOnePersonAndNobodyElse(t *testing.T) {
	people := account()
	archive := newArchive(t, people)
	t.Logf("%d documents of %d people", len(archive.documents), len(people))
	t.Logf("%-12s %-24s %9s %7s %6s %6s %6s", "kind", "name", "documents", "recall", "people", "alien", "leaks")

	for i, h := range people {
		body, summary := write(t, h.subject(), archive.source())
		files := unzip(t, body, "request-1")
		if faults := checkBag(files); len(faults) > 0 {
			t.Errorf("%s: %v", h.name, faults)
		}
		all := ""
		for _, name := range slices.Sorted(maps.Keys(files)) {
			all += name + "\n" + files[name] + "\n"
		}

		leaks := leaksIn(t, all, people, i)
		has := map[string]bool{}
		for _, m := range markForm.FindAllString(all, -1) {
			has[m] = true
		}
		found, alien := 0, 0
		for j := range people {
			for _, m := range archive.marks[j] {
				switch {
				case has[m] && i == j:
					found++
				case has[m]:
					alien++
					t.Errorf("%s's copy has %s of %s", h.name, m, people[j].name)
				case i == j:
					t.Errorf("%s's copy lacks %s", h.name, m)
				}
			}
		}
		for _, foreign := range []string{"mark-named-only", "mark-reused"} {
			if strings.Contains(all, foreign) {
				alien++
				t.Errorf("%s's copy has %s", h.name, foreign)
			}
		}
		own := len(archive.marks[i])
		if kept := strings.Count(all, archive.ownNote(i)); kept != summary.Documents-1 { // E20 is a bare link
			t.Errorf("%s's copy has %d of %d notes of their own as they were", h.name, kept, summary.Documents-1)
		}
		t.Logf("%-12s %-24.24s %9d %6d%% %6d %6d %6d", h.kind, h.name, summary.Documents, 100*found/own, summary.People, alien, leaks)
	}
}

// markForm is the form of the marks of fakeArchive.
var markForm = regexp.MustCompile(`(mark|theirs)-[A-Za-z0-9]+-\d+\.`)

// leaksIn counts what a copy has of others, and planted secrets.
func leaksIn(t *testing.T, all string, people []human, i int) (leaks int) {
	t.Helper()
	for _, seen := range readings(all) {
		for j, other := range people {
			for _, trace := range other.traces() {
				isOwn := slices.ContainsFunc(people[i].traces(), func(own string) bool { return strings.Contains(own, strings.TrimSpace(trace)) })
				at := strings.Index(seen, trace)
				if strings.Contains(trace, " 1003") || len(trace) == 34 { // ids, which need no word's end
					at = strings.Index(seen, strings.TrimSpace(trace))
				}
				if j != i && at >= 0 && !isOwn {
					leaks++
					t.Errorf("%s's copy has %q of %s: …%s…", people[i].name, trace, other.name, seen[max(0, at-60):min(len(seen), at+60)])
				}
			}
		}
	}
	for _, secret := range []string{"plantedSecret", "plantedSignature", "<script"} {
		if at := strings.Index(all, secret); at >= 0 {
			leaks++
			t.Errorf("%s's copy has %s: …%s…", people[i].name, secret, all[max(0, at-60):at+40])
		}
	}
	return leaks
}

func TestACopyOpensWithOtherTools(t *testing.T) {
	people := account()
	body, _ := write(t, people[0].subject(), newArchive(t, people).source())
	checkWithTools(t, body, "request-1")
}

func TestNothingFoundIsAnAnswer(t *testing.T) {
	stranger := dsr.Subject{ObjectID: "11111111-2222-4333-8444-555555555555"}
	body, summary := write(t, stranger, newArchive(t, account()).source())

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
		_, err := personcopy.Write(t.Context(), &bytes.Buffer{}, personcopy.Order{RequestID: "r", Subject: s}, newArchive(t, account()).source())
		if !errors.Is(err, personcopy.ErrNoSubject) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
