package verify_test

import (
	"encoding/json"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// deletionPlanOf returns the verified part of a deletion-plan.json whose only node has its
// items in parts.
func deletionPlanOf(parts ...map[string]any) map[string]any {
	return map[string]any{
		"schemaVersion": "1.0", "requestId": "req-1", "attempt": 1,
		"stages": []any{map[string]any{"node": 5, "after": []any{"10-810", 3}, "parts": parts}},
	}
}

// deletionParts stores parts of two items each and returns a plan's references to them.
// Unless change is nil, it changes the first part before it is named.
func (f *fixture) deletionParts(n int, change func(map[string]any)) (refs []map[string]any) {
	f.t.Helper()
	for page := 1; page <= n; page++ {
		part := map[string]any{
			"schemaVersion": "1.0", "requestId": "req-1", "attempt": 1, "node": 5, "page": page,
			"items": []dsr.Planned{{Item: "one"}, {Item: "two"}},
		}
		if page == 1 && change != nil {
			change(part)
		}

		body := must[[]byte](f.t)(json.Marshal(part))
		sum := sha256Hex(body)
		name := strings.TrimPrefix(theAttempt.PlanPart(5, page, sum), theAttempt.Prefix())
		f.put(theAttempt.Prefix()+name, string(body))
		refs = append(refs, map[string]any{"name": name, "sha256": sum, "items": 2})
	}
	return refs
}

func TestVerifyReadsThePartsOfADeletionPlan(t *testing.T) {
	const plan, first, second = "1/deletion-plan.json", "FIRST", "SECOND" // of the parts, for their names
	for _, c := range []struct {
		name string
		refs func([]map[string]any)           // before the plan is stored
		late func(f *fixture, names []string) // after the closing
		part func(map[string]any)             // of the first one, before its hash is taken
		want []string
	}{
		{name: "two of them"},
		{name: "one that is gone", late: func(f *fixture, names []string) { f.remove("req-1/" + names[1]) }, want: []string{"missing " + second}},
		{name: "one that is changed", late: func(f *fixture, names []string) { f.flip("req-1/" + names[0]) }, want: []string{"changed " + first}},
		{name: "one with another number of items", refs: func(r []map[string]any) { r[1]["items"] = 3 }, want: []string{"inconsistent " + second}},
		{name: "one of another node", part: func(p map[string]any) { p["node"] = 6 }, want: []string{"inconsistent " + first}},
		{name: "one of another page", part: func(p map[string]any) { p["page"] = 2 }, want: []string{"inconsistent " + first}},
		{name: "one of another attempt", part: func(p map[string]any) { p["attempt"] = 2 }, want: []string{"inconsistent " + first}},
		{name: "one that leads elsewhere", refs: func(r []map[string]any) { r[0]["name"] = "deletion-plan/../../x" }, want: []string{"inconsistent " + plan}},
		{name: "two in each other's place", refs: func(r []map[string]any) { r[0], r[1] = r[1], r[0] }, want: []string{"inconsistent " + plan, "inconsistent " + plan}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var names []string
			f := newFixture(t, func(f *fixture) {
				refs := f.deletionParts(2, c.part)
				for _, ref := range refs {
					names = append(names, "1/"+ref["name"].(string))
				}

				if c.refs != nil {
					c.refs(refs)
				}

				f.record(theAttempt.DeletionPlan(), deletionPlanOf(refs...))
				f.deleted([]string{"one", "two"}, []string{"one", "two"})
			})

			if c.late != nil {
				c.late(f, names)
			}

			for i, want := range c.want {
				c.want[i] = strings.NewReplacer(first, names[0], second, names[1]).Replace(want)
			}

			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

func TestAPlanMayNameItsDependenciesByRanges(t *testing.T) {
	f := newFixture(t, func(f *fixture) {
		edit(f, theAttempt.Plan(), func(p *map[string]any) {
			nodes, _ := (*p)["nodes"].([]any)
			node, _ := nodes[1].(map[string]any)
			node["after"] = []any{"10-810", json.Number("3")}
		})
	})
	wantFaults(t, f.verify(nil))
}
