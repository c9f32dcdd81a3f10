package personcopy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

// given yields documents, each with the place and the time of the others.
func given(docs ...personcopy.Document) personcopy.Documents {
	return func(context.Context, string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for _, d := range docs {
				if d.Target == "" {
					d.Target = experiment
				}
				d.RetrievedAt = bagDay
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

// run is a run of Ada's with more members.
func run(item string, more map[string]any) personcopy.Document {
	body := map[string]any{"runId": item, "createdBy": map[string]any{"userObjectId": ada, "userName": "Ada King"}}
	maps.Copy(body, more)
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return personcopy.Document{Endpoint: "W53", Item: item, Body: raw}
}

func adaKing() dsr.Subject {
	return dsr.Subject{ObjectID: ada, TenantID: contoso, UserPrincipalName: "ada.king@example.org", DisplayName: "Ada King", Mail: []string{"ada@kings.example"}}
}

var (
	tags = regexp.MustCompile(`<[^>]*>`)
	ours = regexp.MustCompile(`^</?(!DOCTYPE html|html lang="en"|(html|head|title|style|body|main|h1|h2|p|table|caption|thead|tbody|tr|th|td|ul|li|bdi|strong)|meta [^>]*|th scope="(col|row)"|a href="[a-z0-9./-]+"|a)>$`)
)

// Names from the service name no files, and are text on the pages.
func TestHostileNamesStayText(t *testing.T) {
	hostile := []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "right\u202eto left", strings.Repeat("n", 1000), "CON", "NUL.txt", "AUX",
		"ends in a dot.", "ends in a space ", "../../etc/passwd", `C:\Windows\x`, "a\x00b", "{{.Contact}}", "", "-rf", "%2e%2e%2f", "ＣＯＮ",
	}
	var docs []personcopy.Document
	for _, name := range hostile {
		docs = append(docs, run(name, map[string]any{name: name, "tags": map[string]any{"x": name}}))
	}
	for _, id := range []string{"CON", "nul", strings.Repeat("r", 64)} {
		order := orderOf(adaKing())
		order.RequestID, order.Contact = id, hostile[0]
		folder := personcopy.FileName(id)
		body := writeOrder(t, order, given(docs...))

		files := unzip(t, body, folder)
		if faults := checkBag(files); len(faults) > 0 {
			t.Error(faults)
		}
		checkWithTools(t, body, folder)
		valid := regexp.MustCompile(`^[a-z0-9-]+(/[a-z0-9-]+)*\.(html|json|txt)$`)
		reserved := regexp.MustCompile(`(?i)(^|/)(con|prn|aux|nul)(\.|/|$)`)
		for name, content := range files {
			if full := folder + "/" + name; len(full) > 200 || reserved.MatchString(full) || (!valid.MatchString(name) && name != "README.txt") {
				t.Errorf("a file is called %q", full)
			}
			if strings.HasSuffix(name, ".html") {
				for _, tag := range tags.FindAllString(content, -1) {
					if !ours.MatchString(tag) {
						t.Errorf("%s has %s", name, tag)
					}
				}
			}
		}

		page := files["data/ml-runs/index.html"]
		for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", "<bdi>right\u202eto left</bdi>", "default-src 'none'"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page of runs lacks %q", want)
			}
		}
	}
}

// What is no JSON can't be searched. It is left out and counted, and the copy is made.
func TestWhatCannotBeReadIsLeftOutAndSaid(t *testing.T) {
	broken := []string{"", "{", `{"createdBy":{"userObjectId":"` + ada + `"}`, "null null", "\xff\xfe", `{"a":"\ud800"`, strings.Repeat("[", 20_000)}
	docs := []personcopy.Document{run("fine", nil)}
	for i, body := range broken {
		docs = append(docs, personcopy.Document{Endpoint: "W53", Item: fmt.Sprint("broken-", i), Body: []byte(body)})
		docs = append(docs, personcopy.Document{Endpoint: "W52", Body: []byte(body)})
	}
	body, summary := write(t, adaKing(), given(docs...))

	files := unzip(t, body, "request-1")
	left := slices.IndexFunc(summary.NotIncluded, func(l personcopy.LeftOut) bool { return l.What == "Things that could not be read" })
	if summary.Documents != 1 || left < 0 || summary.NotIncluded[left].Count != 2*len(broken) {
		t.Errorf("%d documents, %+v", summary.Documents, summary.NotIncluded)
	}
	if !strings.Contains(files["index.html"], "could not be read") {
		t.Error("the page does not say it")
	}
}

// Of what is left out, the copy says how much names the person.
func TestWhatIsLeftOutAndNamesThePersonIsCounted(t *testing.T) {
	body, summary := write(t, adaKing(), given(
		personcopy.Document{Endpoint: "E11", Item: "c", Body: []byte(`{"tags":{"ownerObjectId":"` + ada + `"}}`)},
		personcopy.Document{Endpoint: "E11", Item: "d", Body: []byte(`{"tags":{"owner":"Ada King"}}`)},
	))
	if l := summary.NotIncluded[0]; l.Count != 2 || l.Naming != 1 {
		t.Errorf("%+v", l)
	}
	if page := unzip(t, body, "request-1")["index.html"]; !strings.Contains(page, "One of them mentions you.") {
		t.Error("the page does not say it")
	}
}

// What a request for only the subject's has not kept is said.
func TestWhatWasLookedThroughAndNotKeptIsCounted(t *testing.T) {
	order := orderOf(adaKing())
	order.Left = 12
	files := unzip(t, writeOrder(t, order, given(run("x", nil))), "request-1")
	if !strings.Contains(files["index.html"], "Things that show no sign of being yours (12).") {
		t.Error("the page does not say it")
	}
}

// Each rule of whose a document is and who is somebody else, one by one.
func TestWhoIsWho(t *testing.T) {
	const grace = "0b7e9d21-6a34-4b7e-8d21-3c9e110f7b6a"
	by := func(record map[string]any) map[string]any { return map[string]any{"createdBy": record} }
	mine := map[string]any{"userObjectId": ada}
	for name, c := range map[string]struct {
		docs  []personcopy.Document
		has   []string
		lacks []string
	}{
		"a sign-in name that was given to somebody new is not enough": {
			docs:  []personcopy.Document{run("x", by(map[string]any{"userObjectId": grace, "upn": "ada.king@example.org"}))},
			lacks: []string{`"item":"x"`},
		},
		"the tenant in an alternate security id is nobody": {
			docs: []personcopy.Document{
				run("x", map[string]any{"place": "tenant " + contoso, "lastModifiedBy": map[string]any{"userObjectId": grace, "userTenantId": contoso, "userAltSecId": "5:idp:" + contoso}}),
			},
			has:   []string{"tenant " + contoso, "another person"},
			lacks: []string{grace},
		},
		"a name of the subject's that begins with another's stays": {
			docs: []personcopy.Document{
				run("x", map[string]any{"lastModifiedBy": map[string]any{"userObjectId": grace, "userName": "Ada"}, "note": "by Ada King, and by Kingston Grace"}),
				run("y", map[string]any{"lastModifiedBy": map[string]any{"userObjectId": grace, "userName": "King Ada"}}),
			},
			has: []string{"by Ada King, and by Kingston Grace"},
		},
		"a record that is repeated hides nobody": {
			docs:  []personcopy.Document{{Endpoint: "W53", Item: "x", Body: []byte(`{"lastModifiedBy":{"userObjectId":"` + grace + `","userName":"Grace Hopper"},"lastModifiedBy":null,"createdBy":{"userObjectId":"` + ada + `"},"note":"Grace Hopper, ` + grace + `"}`)}},
			has:   []string{`"item":"x"`},
			lacks: []string{"Hopper", grace},
		},
		"a maker by name only is somebody": {
			docs:  []personcopy.Document{run("x", map[string]any{"approvedBy": map[string]any{"name": "x", "displayName": "Grace Hopper"}, "note": "hopper, grace"})},
			lacks: []string{"Hopper", "hopper"},
		},
		"somebody may be named before their record comes": {
			docs: []personcopy.Document{
				run("x", map[string]any{"note": "with Grace Hopper"}),
				run("z", by(map[string]any{"userObjectId": grace, "userName": "Grace Hopper"})),
			},
			has:   []string{"with person-1"},
			lacks: []string{"Hopper", `"item":"z"`},
		},
		"a chat with another's message": {
			docs: []personcopy.Document{
				{Endpoint: "W68i", Target: space, Item: "t", Body: []byte(`{"id":"t","metadata":{"user_id":"` + ada + `","nick":"A"}}`)},
				{Endpoint: "W69", Target: space, Item: "t", Body: []byte(`{"data":[{"id":"mine","content":"hello"},{"id":"nick","metadata":{"user":"Countess"},"content":"by a nickname"},{"id":"theirs","metadata":{"oid":"` + grace + `"},"content":"secret of hers"}]}`)},
			},
			has:   []string{"hello", "by a nickname"},
			lacks: []string{"secret of hers"},
		},
		"what belongs to another's run of the same name elsewhere": {
			docs: []personcopy.Document{
				run("run-1", nil),
				{Endpoint: "W56", Item: "run-1", Body: []byte(`{"value":[{"mark":"mine"}]}`)},
				{Endpoint: "W56", Item: "run-1", Target: strings.Replace(experiment, "ml-00", "ml-01", 1), Body: []byte(`{"value":[{"mark":"somebody-elses"}]}`)},
			},
			has:   []string{`"mine"`},
			lacks: []string{"somebody-elses"},
		},
		"a model of a run whose id another has too": {
			docs: []personcopy.Document{
				{Endpoint: "E03", Target: project, Item: "m1", Body: []byte(`{"id":"m1","runId":"both","mark":"unclear"}`)},
				{Endpoint: "E03", Target: project, Item: "m2", Body: []byte(`{"id":"m2","runId":"only","mark":"clear"}`)},
				{Endpoint: "E09", Target: project, Item: "i1", Body: []byte(`{"modelIds":["m1","m2"],"mark":"of both"}`)},
				{Endpoint: "E09", Target: project, Item: "i2", Body: []byte(`{"modelIds":["m2"],"mark":"of mine"}`)},
				{Endpoint: "E16", Target: project, Item: "both", Body: []byte(`{"createdBy":{"userObjectId":"` + ada + `"}}`)},
				{Endpoint: "E16", Target: project, Item: "only", Body: []byte(`{"createdBy":{"userObjectId":"` + ada + `"}}`)},
				{Endpoint: "E16", Target: project + "2", Item: "both", Body: []byte(`{"createdBy":{"userObjectId":"` + grace + `"}}`)},
			},
			has:   []string{`"clear"`, "of mine"},
			lacks: []string{"unclear", "of both"},
		},
		"notifications are asked for by the subject's id": {
			docs: []personcopy.Document{{Endpoint: "E26", Target: project, Body: []byte(`{"value":[{"jobId":"j","note":"told"}]}`)}},
			has:  []string{"told"},
		},
		"of a list only what no other call has read": {
			docs: []personcopy.Document{
				{Endpoint: "W52", Body: []byte(`{"value":[{"runId":"read","createdBy":{"userObjectId":"` + ada + `"},"mark":"again"},{"runId":"gone","createdBy":{"userObjectId":"` + ada + `"},"mark":"only here"}]}`)},
				run("read", map[string]any{"mark": "whole"}),
			},
			has:   []string{"only here", "whole"},
			lacks: []string{"again"},
		},
		"the last name first, of three": {
			docs:  []personcopy.Document{run("x", map[string]any{"lastModifiedBy": map[string]any{"userObjectId": grace, "userName": "Grace Brewster Hopper"}, "note": "for HOPPER, Grace Brewster"})},
			has:   []string{"for person-1"},
			lacks: []string{"HOPPER"},
		},
		"a name without its accents, where no address has it": {
			docs:  []personcopy.Document{run("x", map[string]any{"lastModifiedBy": map[string]any{"userObjectId": grace, "userName": "Zo\u00eb M\u00fcller"}, "note": "by zoe muller, Zoe\u0308 Mu\u0308ller"})},
			has:   []string{"by person-1, person-1"},
			lacks: []string{"muller"},
		},
		"a PUID that only an alternate security id has": {
			docs:  []personcopy.Document{run("x", map[string]any{"lastModifiedBy": map[string]any{"userAltSecId": "5:idp:10032000ABCDEF99"}, "note": "puid 10032000abcdef99"})},
			has:   []string{"puid person-1"},
			lacks: []string{"10032000"},
		},
		"somebody whose record is JSON in a string": {
			docs:  []personcopy.Document{run("x", map[string]any{"raw": `{"owner":{"userObjectId":"` + grace + `","userName":"Grace Hopper"}}`, "note": "with Grace Hopper and " + grace})},
			has:   []string{"with person-1 and person-1"},
			lacks: []string{"Hopper", grace},
		},
		"somebody who has the subject's sign-in name now": {
			docs:  []personcopy.Document{run("x", map[string]any{"lastModifiedBy": map[string]any{"userObjectId": grace, "upn": "ada.king@example.org"}, "note": "by " + grace})},
			has:   []string{"another person", "by person-1"},
			lacks: []string{grace},
		},
		"what the service calls the subject, and the request doesn't": {
			docs: []personcopy.Document{
				{Endpoint: "W09", Target: space, Item: "d", Body: []byte(`{"systemData":{"createdBy":"a.byron@example.org","lastModifiedBy":"Augusta Byron"},"mark":"by a sign-in name"}`)},
				run("x", map[string]any{"lastModifiedBy": map[string]any{"userObjectId": ada, "userName": "Augusta Byron", "upn": "a.byron@example.org"}, "note": "Augusta Byron, a.byron@example.org"}),
			},
			has:   []string{"Augusta Byron, a.byron@example.org", `"userName":"Augusta Byron"`},
			lacks: []string{"by a sign-in name"},
		},
		"nobody becomes the subject by what people write": {
			docs: []personcopy.Document{
				run("x", map[string]any{
					"tags":           map[string]any{"reviewedBy": map[string]any{"userObjectId": ada, "userName": "Grace Hopper"}},
					"properties":     map[string]any{"p": `{"createdBy":{"userObjectId":"` + ada + `","userName":"Grace Hopper"}}`},
					"lastModifiedBy": map[string]any{"userObjectId": grace, "userName": "Grace Hopper"},
				}),
			},
			lacks: []string{"Hopper"},
		},
		"the display name of a thing is nobody's": {
			docs: []personcopy.Document{
				run("x", map[string]any{"displayName": "training seven"}),
				run("y", map[string]any{"createdBy": map[string]any{"userObjectId": grace}, "userId": grace, "displayName": "training seven"}),
			},
			has: []string{"training seven"},
		},
		"the subject's other addresses": {
			docs: []personcopy.Document{run("x", map[string]any{"note": "ada.king+ml@example.org, live.com#ada@kings.example, mailto:ada@kings.example?x=1, %61da@kings.example"})},
			has:  []string{"ada.king+ml@example.org, live.com#ada@kings.example, mailto:ada@kings.example?x=1, %61da@kings.example"},
		},
		"a guest's address at home": {
			docs:  []personcopy.Document{run("x", map[string]any{"lastModifiedBy": map[string]any{"userObjectId": grace, "upn": "hop_navy.example#EXT#@contoso.example"}, "note": "to hop@navy.example or hop_navy.example"})},
			has:   []string{"to person-1 or person-1"},
			lacks: []string{"navy"},
		},
		"a job in its list, which its run makes the subject's": {
			docs: []personcopy.Document{
				{Endpoint: "W28", Target: space, Body: []byte(`{"value":[{"name":"j","systemData":{"createdBy":"Ada King"},"mark":"in the list"}]}`)},
				{Endpoint: "W29", Target: space, Item: "j", Body: []byte(`{"name":"j","systemData":{"createdBy":"Ada King"},"mark":"the job"}`)},
				run("j", nil),
			},
			has:   []string{"the job"},
			lacks: []string{"in the list"},
		},
		"folders of others": {
			docs:  []personcopy.Document{run("x", map[string]any{"a": "azureml://x/Users/zoe/data", "b": "/home/azureuser/cloudfiles/code/Users/ada.king/x", "createdBy": mine})},
			has:   []string{"Users/person-1/data", "/home/azureuser/cloudfiles/code/Users/ada.king/x"},
			lacks: []string{"zoe"},
		},
		"what only looks like an address": {
			docs: []personcopy.Document{run("x", map[string]any{"a": "mcr.example/base@sha256:0011", "b": "pip install x@1.0.3", "c": "git@github.com:o/r"})},
			has:  []string{"mcr.example/base@sha256:0011", "x@1.0.3", "git@github.com:o/r"},
		},
	} {
		body, _ := write(t, adaKing(), given(c.docs...))
		all := ""
		for _, content := range unzip(t, body, "request-1") {
			all += content
		}
		for _, want := range c.has {
			if !strings.Contains(all, want) {
				t.Errorf("%s: the copy lacks %q", name, want)
			}
		}
		for _, unwanted := range c.lacks {
			if strings.Contains(all, unwanted) {
				t.Errorf("%s: the copy has %q", name, unwanted)
			}
		}
	}
}

// Nobody gets a copy in which somebody might have been missed.
func TestTooManyPeopleAreAnError(t *testing.T) {
	var docs []personcopy.Document
	for i := range 600 {
		var people []any
		for j := range 100 {
			people = append(people, map[string]any{"userObjectId": fmt.Sprintf("%08x-1111-4222-8333-%012d", i, j), "upn": fmt.Sprintf("some.body%dx%d@example.org", i, j), "userName": fmt.Sprintf("Some Body%dx%d", i, j)})
		}
		docs = append(docs, run("x", map[string]any{"people": people}))
	}
	_, err := personcopy.Write(t.Context(), &bytes.Buffer{}, orderOf(adaKing()), given(docs...))
	if !errors.Is(err, personcopy.ErrTooManyPeople) {
		t.Error(err)
	}
}

// failing fails after some bytes.
type failing struct{ left int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestErrorsArePassedOn(t *testing.T) {
	large := given(run("x", map[string]any{"text": strings.Repeat("a long text ", 1000)}))
	for left := range 20 {
		if _, err := personcopy.Write(t.Context(), &failing{left * 100}, orderOf(adaKing()), large); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v", left*100, err)
		}
	}

	broken := errors.New("broken off")
	_, err := personcopy.Write(t.Context(), &bytes.Buffer{}, orderOf(adaKing()), func(context.Context, string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) { yield(personcopy.Document{}, broken) }
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := personcopy.Write(ctx, &bytes.Buffer{}, orderOf(adaKing()), large); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := personcopy.Write(t.Context(), &bytes.Buffer{}, orderOf(adaKing()), given(personcopy.Document{Endpoint: "Z99"})); err == nil {
		t.Error("a row that the catalogue lacks is no error")
	}
}

func TestEachResourceTypeHasAName(t *testing.T) {
	for _, op := range azureml.Catalogue() {
		if name := personcopy.KindName(op.Type); name == op.Type || strings.Contains(name, "ml-") {
			t.Errorf("%s is called %q", op.Type, name)
		}
	}
}
