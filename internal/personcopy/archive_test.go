package personcopy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/personcopy"
)

const (
	planted = "AccountKey=plantedSecretOf0123456789abcdefghijklmnopqrstuvwxyz=="
	sas     = "https://contoso.blob.core.windows.net/c/log.txt?sv=2024-11-04&se=2027-01-01&sig=plantedSignature0123456789abcdefghijklmn%3D"

	group      = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/research/providers/"
	space      = group + "Microsoft.MachineLearningServices/workspaces/ml-00"
	experiment = space + "/experimentids/0f9b41c6-77aa-4d52-9d1e-2c9c0b6a1e11"
	project    = group + "Microsoft.MachineLearningExperimentation/accounts/a/workspaces/w/projects/p"
)

// expectation is what becomes of the documents of a row.
type expectation uint8

const (
	left   expectation = iota // nothing in them says whose they are
	byID                      // they name their owner by an id
	byItem                    // they belong to an item that does
)

// expected says what becomes of the documents of a row that is no list.
func expected(op azureml.Operation) expectation {
	switch op.ID {
	case "W71i", "W72i", "E03", "E05", "E07", "E09", "E11", "E13", "E20", "E23", "E25", "E18", "E01", "E27", "E28", "E29":
		if op.ID == "E20" || op.ID == "E23" || op.ID == "E03" || op.ID == "E05" || op.ID == "E09" {
			return byItem
		}
		return left
	case "W35", "W39", "W45f", "W47v", "W60", "W57", "W70s", "W55d":
		return byItem
	}
	return byID
}

// fakeArchive builds documents.
type fakeArchive struct {
	t         *testing.T
	people    []human
	documents []personcopy.Document
	marks     [][]string // of each person's own documents
	turn      int
}

// newArchive returns what everybody has stored, in all rows of the catalogue. In everybody's
// documents the others are named in every way.
func newArchive(t *testing.T, people []human) *fakeArchive {
	a := &fakeArchive{t: t, people: people, marks: make([][]string, len(people))}
	for _, op := range azureml.Catalogue() {
		if op.Same != "" {
			continue
		}
		switch op.Shape {
		case azureml.List:
			a.addList(op)
		default:
			for i := range people {
				a.addItem(op, i)
			}
		}
	}
	a.addNamed()
	return a
}

func (a *fakeArchive) source() personcopy.Documents {
	return func(context.Context, string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for _, d := range a.documents {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

func (a *fakeArchive) add(op azureml.Operation, item string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		a.t.Fatal(err)
	}
	a.documents = append(a.documents, personcopy.Document{
		Endpoint:    op.ID,
		Target:      targetOf(op),
		Item:        item,
		RetrievedAt: bagDay,
		Body:        body,
	})
}

func targetOf(op azureml.Operation) string {
	switch {
	case op.ID[0] == 'E':
		return project
	case strings.Contains(op.Path, "{item}") && op.Type != "" && strings.HasPrefix(op.Type, "ml-run"), op.Type == "ml-runs", op.Type == "ml-artifacts":
		return experiment
	default:
		return space
	}
}

// itemName is the name of somebody's item in a row's list.
func itemName(op azureml.Operation, i int) string {
	switch op.ID {
	case "W62", "W62i":
		return fmt.Sprintf("model-%02d:1", i)
	case "W12", "W13", "W14", "W15", "E02", "E03":
		return fmt.Sprintf("model-%02d", i)
	default:
		return fmt.Sprintf("run-%02d", i) // jobs have the names of runs
	}
}

func mark(op azureml.Operation, i int) string { return fmt.Sprintf("mark-%s-%02d.", op.ID, i) }

// own notes that a document is somebody's own.
func (a *fakeArchive) own(op azureml.Operation, i int) { a.marks[i] = append(a.marks[i], mark(op, i)) }

// addList adds a list's answer with something of everybody. Where another row reads them,
// the list repeats.
func (a *fakeArchive) addList(op azureml.Operation) {
	var elements []any
	for i := range a.people {
		e := a.body(op, i, 0)
		a.setOwner(op, e, i)
		e[op.Key] = itemName(op, i)
		if op.ID == "E17" {
			delete(e, "createdBy")
			e["runId"] = itemName(op, i)
		}
		elements = append(elements, e)
		if azureml.ListOnly(op.ID) && op.ID != "E26" {
			a.own(op, i)
		}
	}
	switch {
	case op.ID == "E26": // it is asked for by the person's id, so it is in their archive only
		return
	case op.Token == "after":
		a.add(op, "", map[string]any{"object": "list", "data": elements})
	case len(op.ID)%2 == 0:
		a.add(op, "", elements)
	default:
		a.add(op, "", map[string]any{"value": elements, "nextLink": nil})
	}
}

// addItem adds somebody's documents of a row that is read for an item.
func (a *fakeArchive) addItem(op azureml.Operation, i int) {
	item := itemName(op, i)
	body := a.body(op, i, 0)
	switch op.Shape {
	case azureml.Document:
		item = ""
		if i > 0 && op.ID[0] == 'E' {
			return
		}
	case azureml.ItemEntry:
		item += "/" + map[bool]string{true: "1", false: "outputs/" + plainName(a.people[(i+2)%len(a.people)].name) + "/model.pkl"}[strings.HasSuffix(op.Type, "versions")]
	case azureml.ItemList, azureml.Children:
		a.addElements(op, i)
		return
	}

	switch expected(op) {
	case byID:
		a.setOwner(op, body, i)
		a.own(op, i)
	case byItem:
		a.own(op, i)
	}
	switch op.ID {
	case "E20":
		a.add(op, item, "https://contoso.example/"+mark(op, i)+"/Users/"+plainName(a.people[(i+1)%len(a.people)].name)+"/x?sig=plantedSignature0123456789abcdefghijklmn%3D")
		return
	case "E03":
		body["runId"] = fmt.Sprintf("run-%02d", i)
	case "E05":
		body["modelIds"] = []string{fmt.Sprintf("model-%02d", i)}
	case "E09":
		body["manifest"] = map[string]any{"modelIds": []string{fmt.Sprintf("model-%02d", i)}}
	case "W29", "W15": // ARM has a display name only; the run, or the registry, says whose it is
		body["systemData"] = map[string]any{"createdBy": a.people[i].name, "createdByType": "User"}
	}
	a.add(op, item, body)
}

// addElements adds the answer of a list of somebody's item. One element says that it is
// another's, and so it belongs into that one's copy.
func (a *fakeArchive) addElements(op azureml.Operation, i int) {
	other := (i + 5) % len(a.people)
	mine, theirs := a.body(op, i, 0), a.body(op, other, 1)
	theirs["mark"] = fmt.Sprintf("theirs-%s-%02d.", op.ID, i)
	a.marks[other] = append(a.marks[other], theirs["mark"].(string))
	a.setOwnerTo(op, theirs, a.people[other])
	if op.Shape == azureml.Children {
		mine["runId"], theirs["runId"] = fmt.Sprintf("child-%02d", i), fmt.Sprintf("child-of-another-%02d", i)
		a.setOwnerTo(op, mine, a.people[i])
	} else {
		mine[op.Key] = "1"
	}
	if op.Shape == azureml.Children || len(op.Owners) > 0 || slices.Contains([]string{"W64v", "W76v", "W77v", "W78v"}, op.ID) {
		a.setOwner(op, mine, i)
	}
	a.own(op, i)
	answer := map[string]any{"value": []any{mine, theirs}}
	if op.Token == "after" {
		answer = map[string]any{"data": []any{mine, theirs}}
	}
	a.add(op, itemName(op, i), answer)
}

// setOwner makes somebody the owner of a document, as its row says it.
func (a *fakeArchive) setOwner(op azureml.Operation, body map[string]any, i int) {
	a.setOwnerTo(op, body, a.people[i])
}

func (a *fakeArchive) setOwnerTo(op azureml.Operation, body map[string]any, h human) {
	delete(body, "metadata")
	switch {
	case op.ID[:3] == "W68" || op.ID[:3] == "W73" || op.ID[:3] == "W70" || op.ID[:3] == "W69":
		body["metadata"] = map[string]any{"user_id": h.id, "topic": "a talk"}
	case op.Type == "ml-computes":
		body["properties"] = map[string]any{"properties": map[string]any{"personalComputeInstanceSettings": map[string]any{"assignedUser": map[string]any{"objectId": h.id, "tenantId": contoso}}}}
	case op.ID == "W64c" || op.ID == "W64v":
		body["entityMetadata"] = map[string]any{"createdBy": h.record()}
	case op.Plane == azureml.ARM && op.ID[0] == 'W', strings.HasPrefix(op.ID, "W74"), strings.HasPrefix(op.ID, "W75"), strings.HasPrefix(op.ID, "W76"), strings.HasPrefix(op.ID, "W77"), strings.HasPrefix(op.ID, "W78"):
		by := h.upn
		if by == "" {
			by = h.id
		}
		body["systemData"] = map[string]any{"createdBy": by, "createdByType": "User", "lastModifiedBy": a.people[0].name}
	default:
		body["createdBy"] = h.record()
	}
}

// addNamed adds documents that have only a display name, which namesakes share, and one of
// somebody who signs in with a name that was another's before.
func (a *fakeArchive) addNamed() {
	job, _ := azureml.Find("W09")
	run, _ := azureml.Find("W53")
	for i, h := range a.people {
		a.add(job, fmt.Sprintf("named-%02d", i), map[string]any{
			"mark":       "mark-named-only",
			"systemData": map[string]any{"createdBy": h.name, "createdByType": "User"},
		})
		reused := h.record()
		reused["userObjectId"], reused["userPuId"], reused["userAltSecId"] = fmt.Sprintf("dddddddd-0000-4000-8000-%012d", i), "", ""
		a.add(run, fmt.Sprintf("reused-%02d", i), map[string]any{"mark": "mark-reused", "createdBy": reused})
	}
}

// body is a document in which its own person is named, and others in some of the ways. In all
// documents together everybody is named in every way.
func (a *fakeArchive) body(op azureml.Operation, i, salt int) map[string]any {
	h := a.people[i]
	body := map[string]any{
		"mark":      mark(op, i),
		"ownNote":   ownNote(h),
		"password":  "plantedSecretOfPassword1",
		"settings":  planted,
		"link":      sas,
		"untouched": "Größe 18446744073709551615 sha256:9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0",
		"number":    json.Number("18446744073709551615"),
	}
	const some = 2
	for range some {
		a.turn++
		other := (i + 1 + salt + a.turn%(len(a.people)-1)) % len(a.people)
		if other == i {
			other = (i + 1) % len(a.people)
		}
		ways := a.mentions(other)
		way := slices.Sorted(maps.Keys(ways))[a.turn%len(ways)]
		body[fmt.Sprintf("%s%d", way, a.turn%some)] = ways[way]
		if strings.HasSuffix(way, "By") {
			body[way] = ways[way]
		}
	}
	return body
}

// ownNote is what a document says of its own person, which stays as it is.
func ownNote(h human) string {
	return "kept for " + h.name + " <" + h.upn + "> of " + h.id + ", at Users/" + plainName(h.name)
}

// ownNote is likewise the text that a copy has.
func (a *fakeArchive) ownNote(i int) string {
	escaped, err := json.Marshal(ownNote(a.people[i]))
	if err != nil {
		a.t.Fatal(err)
	}
	return string(escaped)
}

// mentions names somebody in every way that is found.
func (a *fakeArchive) mentions(j int) map[string]any {
	o := a.people[j]
	nested, err := json.Marshal(map[string]any{"reviewer": o.upn, "inner": `{"mail":"` + o.mail() + `","deep":"[\"` + o.name + `\"]"}`, "owner": o.id, "changedBy": o.record()})
	if err != nil {
		a.t.Fatal(err)
	}
	words := strings.Fields(o.name)
	hidden := strings.Join(strings.Split(o.name, ""), "\u200b")
	return map[string]any{
		"lastModifiedBy": o.record(),
		"assignedUser":   map[string]any{"objectId": o.id, "displayName": o.name},
		"reviewers":      []any{o.record(), o.upn, o.name},
		"description":    "Asked by " + o.name + " <" + o.upn + ">, see <script>alert(1)</script>",
		"tags":           map[string]any{"pairedWith": o.name, o.mail(): "yes", o.name: "a name of a member", "id": o.id, "puid": o.puid, "alt": o.altSecID},
		"nested":         string(nested),
		"escaped":        strings.ReplaceAll(string(nested), "@", `\u0040`),
		"cut":            strings.ReplaceAll(string(nested), "@", `\u0040`)[:len(nested)-3],
		"path":           "azureml://Users/" + plainName(o.name) + "/notebook.ipynb",
		"windows":        `C:\Users\` + plainName(o.name) + `\data`,
		"query":          "https://example.org/?who=" + url.QueryEscape(o.mail()) + "&name=" + url.QueryEscape(o.name),
		"twice":          "https://example.org/?to=" + url.QueryEscape("https://x.example/?who="+url.QueryEscape(o.mail())+"&n="+url.PathEscape(o.name)),
		"html":           "by " + strings.ReplaceAll(o.mail(), "@", "&#64;") + " and " + strings.ReplaceAll(o.name, " ", "&nbsp;"),
		"shouted":        strings.ToUpper(o.name + " " + o.upn + " " + o.id),
		"decomposed":     norm.NFD.String(o.name) + " | " + norm.NFKD.String(o.name),
		"unaccented":     plainName(o.name),
		"hidden":         hidden,
		"reversed":       words[len(words)-1] + ", " + words[0],
		"compact":        "x" + strings.ReplaceAll(o.id, "-", "") + "y",
		"braced":         "{" + strings.ToUpper(o.id) + "}",
		"mixed":          "note:" + o.puid + ";" + o.altSecID + ";live.com#" + o.mail(),
		"joined":         strings.ReplaceAll(o.name, " ", "_") + "-v2",
	}
}
