package azureml

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"
	"azureml-dsr/internal/mention"
)

// place puts a text somewhere into an element of an answer.
type place struct {
	name string
	put  func(element map[string]any, text string)
}

// at is a place that is reached by members' names.
func at(names ...string) place {
	return place{strings.Join(names, "/"), func(element map[string]any, text string) {
		last := len(names) - 1
		for _, name := range names[:last] {
			inner, _ := element[name].(map[string]any)
			if inner == nil {
				inner = map[string]any{}
				element[name] = inner
			}
			element = inner
		}
		element[names[last]] = text
	}}
}

// placesOf are the places in which a row's document may name somebody.
func placesOf(op Operation) []place {
	places := []place{
		at("name"), at("description"), at("displayName"), at("experimentName"), at("path"), at("parentRunId"),
		at("tags", "owner"), at("kvTags", "owner"), at("properties", "properties", "deep"), at("properties", "environmentVariables", "OWNER"),
		at("properties", "description"), at("properties", "friendlyName"), at("properties", "createdBy", "userName"),
		at("systemData", "createdBy"), at("systemData", "lastModifiedBy"), at("createdBy", "upn"), at("createdBy", "userName"),
		at("createdBy", "userObjectId"), at("createdBy", "userAltSecId"), at("lastModifiedBy", "userName"), at("modifiedBy"), at("userId"),
		at("metadata", "user_id"), at("instructions"), at("error", "message"), at("definition"), at("target"), at("dataUri"), at("contentUri"),
		{"a tag's name", func(element map[string]any, text string) { element["tags"] = map[string]any{text: 1} }},
		{"a list", func(element map[string]any, text string) { element["authors"] = []any{1, []any{text}} }},
		{"a message", func(element map[string]any, text string) {
			element["content"] = []any{map[string]any{"type": "text", "text": map[string]any{"value": text}}}
		}},
		{"a pair", func(element map[string]any, text string) {
			element["pairs"] = []any{map[string]any{"name": "owner", "value": text}}
		}},
	}
	for _, o := range op.Owners {
		segments := strings.Split(strings.Trim(o.Pointer, "/"), "/")
		places = append(places, at(append(segments, "createdBy")...), at(append(segments, "note")...))
	}
	return places
}

// plantedAnswer is an answer of a row in which an element has a text at a place.
func plantedAnswer(t *testing.T, op Operation, in place, text string) []byte {
	t.Helper()
	element := map[string]any{}
	if op.Key != "" {
		element[op.Key] = "a-name"
	}
	in.put(element, text)

	var answer any = element
	if op.HasPages() {
		list := "value"
		if op.Token == lastID {
			list = "data"
		}
		answer = map[string]any{list: []any{map[string]any{"name": "another"}, element}}
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw)%2 == 0 { // other services write letters outside ASCII as escapes
		raw = asciiOnly(raw)
	}
	return raw
}

// asciiOnly returns a JSON text in which letters outside ASCII are escapes.
func asciiOnly(raw []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(raw) {
		if r < 0x80 || r > 0xffff {
			out.WriteRune(r)
			continue
		}
		fmt.Fprintf(&out, `\u%04X`, r)
	}
	return out.Bytes()
}

// counted are a corpus's plantings, and what was found of them.
type counted struct{ all, named, possible, masked int }

func (c counted) String() string {
	return fmt.Sprintf("%d planted: %d named, %d possible, %d in a masked value, %d not found", c.all, c.named, c.possible, c.masked, c.all-c.named-c.possible-c.masked)
}

// plant copies an answer as an export does, and counts what is found of a text.
func (c *counted) plant(t *testing.T, op Operation, answer []byte, names document.Finder) document.Naming {
	t.Helper()
	c.all++
	_, res, err := document.CopyHeld(answer, document.Options{Secrets: op.DocumentSecrets(), Everywhere: true, Subject: names})
	switch {
	case err != nil:
		t.Fatalf("%s: %s: %v", op.ID, answer, err)
	case res.Matches > 0:
		c.named++
		return document.Named
	case res.Possible > 0:
		c.possible++
		return document.PossiblyNamed
	case len(res.Masked) > 0:
		c.masked++ // what is not stored mentions nobody
	}
	return document.NotNamed
}

func TestEveryRowsPlantedMentionIsFound(t *testing.T) {
	const each = 6
	r := rand.New(rand.NewPCG(20261129, 7))
	var sure, perhaps, decoys counted
	rows, missed := 0, map[string]int{}
	for _, op := range Catalogue() {
		rows++
		for _, in := range placesOf(op) {
			for range each {
				subject := documenttest.Person(r)
				names := mention.New(subject)

				text, way, certain := documenttest.Mention(r, subject)
				c := &perhaps
				if certain {
					c = &sure
				}
				masked := c.masked
				answer := plantedAnswer(t, op, in, text)
				if found := c.plant(t, op, answer, names); (found == document.NotNamed || (certain && found != document.Named)) && c.masked == masked {
					missed[way]++
					if missed[way] == 1 {
						t.Errorf("%s, %s: %s of %q <%s> is found as %d: %s", op.ID, in.name, way, subject.DisplayName, subject.UserPrincipalName, found, answer)
					}
				}

				decoys.plant(t, op, plantedAnswer(t, op, in, documenttest.Decoy(r, subject)), names)
			}
		}
	}

	t.Logf("%d rows; names that are only the person's: %v", rows, sure)
	t.Logf("names that others may have: %v", perhaps)
	t.Logf("false mentions, of texts that are not about the person: %d of %d as named, %d as possible", decoys.named, decoys.all, decoys.possible)
	if decoys.named > 0 {
		t.Error("somebody else is taken for the person")
	}
	if all := sure.all + perhaps.all; (sure.masked+perhaps.masked)*5 > all {
		t.Errorf("%d of %d texts are masked: the corpus shows too little", sure.masked+perhaps.masked, all)
	}
}

func TestTheCorpusOfMentionsHasEveryRowsOwners(t *testing.T) {
	for _, op := range Catalogue() {
		for _, o := range op.Owners {
			if !slices.ContainsFunc(placesOf(op), func(p place) bool { return strings.HasPrefix("/"+p.name, o.Pointer) }) {
				t.Errorf("%s: nothing is planted below %s", op.ID, o.Pointer)
			}
		}
	}
}
