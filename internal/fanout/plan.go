package fanout

import (
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// ResourceType is what planning needs of a type of the catalogue.
type ResourceType struct {
	Name    string
	Level   dsr.Level
	Follows string // the type whose items the type belongs to; "" for none
	// OfSubject is the row that reads the items of one person by the object id. It is ""
	// for a type with the items of everybody.
	OfSubject string
	// DataPlane means that the type is read from a workspace's data plane, not from ARM.
	DataPlane bool
}

// wanted reports whether a request asks for a type that applies to it.
func (t ResourceType) wanted(r dsr.Request) bool { return r.Wants(t.Name) && t.applies(r) }

// applies reports whether a type can be read for a request: a type of one person's items
// needs that person's object id.
func (t ResourceType) applies(r dsr.Request) bool {
	return t.OfSubject == "" || (r.Subject != nil && r.Subject.ObjectID != "")
}

// Build returns the plan of an attempt for what was found. For the same arguments it
// returns the same nodes each time. types must be in the catalogue's order.
func Build(r dsr.Request, attempt int, found []Found, types []ResourceType, now time.Time) dsr.Plan {
	p := dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     r.ID,
		Attempt:       attempt,
		Kind:          r.Kind,
		What:          whatOf(r),
		CreatedAt:     now,
		Nodes:         []dsr.Node{},
		NotCovered:    append(notCovered(r, types), notReadWith(found)...),
		SubNodes:      dsr.SubNodesByPlace,
	}
	for _, f := range found {
		for _, n := range nodesOf(r, f, types) {
			n.Number = len(p.Nodes) + 1
			p.Nodes = append(p.Nodes, n)
		}
		if f.NeverProvisioned {
			p.NotCovered = append(p.NotCovered, dsr.NotCovered{What: "the data plane of " + f.Target.ID(), Why: "neverProvisioned"})
		}
	}
	return p
}

// whatOf returns what an export keeps. A request that deletes says so in its deletion plan.
func whatOf(r dsr.Request) string {
	if r.Kind != dsr.KindExport {
		return ""
	}
	return r.What
}

// nodesOf returns the nodes of one target: one for each group of wanted types that share a
// list. A target that discovery failed on is one failed node.
func nodesOf(r dsr.Request, f Found, types []ResourceType) []dsr.Node {
	if f.Failed != nil {
		typ := failedType(r, f.Target.Level, types)
		if typ == "" {
			return nil
		}
		n := dsr.NodeAt(typ, f.Target)
		n.Target, n.Failed = f.Failed.Target, f.Failed
		return []dsr.Node{n}
	}

	var nodes []dsr.Node
	root := map[string]int{} // the index of a list's node, by the type of the list
	for _, t := range types {
		if t.Level != f.Target.Level || !t.wanted(r) || (t.DataPlane && f.NeverProvisioned) {
			continue
		}

		list := t.Name
		if t.Follows != "" {
			list = t.Follows
		}
		if i, ok := root[list]; ok {
			nodes[i].Followers = append(nodes[i].Followers, t.Name)
			continue
		}

		root[list] = len(nodes)
		n := dsr.NodeAt(t.Name, f.Target)
		if t.DataPlane {
			n.Failed = f.NoDataPlane
		}
		nodes = append(nodes, n)
	}

	return nodes
}

// failedType returns the type that a failed target is reported under: the first wanted
// one at its level or below, "" for none.
func failedType(r dsr.Request, level dsr.Level, types []ResourceType) string {
	i := slices.IndexFunc(types, func(t ResourceType) bool { return inside(t.Level, level) && t.wanted(r) })
	if i < 0 {
		return ""
	}
	return types[i].Name
}

// notCovered names what the attempt leaves out, so that nobody takes an export for more
// than it is.
func notCovered(r dsr.Request, types []ResourceType) []dsr.NotCovered {
	out := []dsr.NotCovered{}
	for _, t := range types {
		switch {
		case !r.Wants(t.Name):
			out = append(out, dsr.NotCovered{What: t.Name, Why: "notRequested"})
		case !t.applies(r):
			out = append(out, dsr.NotCovered{What: t.OfSubject, Why: "notApplicable"})
		}
	}

	if r.Subject != nil && r.Subject.Lookup != nil && r.Subject.ObjectID == "" {
		out = append(out, dsr.NotCovered{What: "what only the subject's object id would find", Why: "notInDirectory"})
	}
	for _, what := range leftOut(r.Scope) {
		out = append(out, dsr.NotCovered{What: what, Why: "notInScope"})
	}
	if reachesMachineLearning(r.Scope) {
		out = append(out, outOfReach...)
	}

	return append(out, dsr.NotCovered{What: "telemetry", Why: "exportedByAzurePrivacyPortal"})
}

// leftOut names, for each subscription or resource group of a scope, the kinds of thing
// that no entry asks for there. Intake does not look for them.
func leftOut(scope []dsr.Scope) []string {
	kinds := []struct {
		what  string
		named func(dsr.Scope) bool
	}{
		{"experimentation accounts in ", func(s dsr.Scope) bool { return s.ExperimentationAccount != "" }},
		{"model management accounts in ", func(s dsr.Scope) bool { return s.ModelManagementAccount != "" }},
		{"machine learning workspaces in ", func(s dsr.Scope) bool { return len(s.MachineLearningWorkspaces) > 0 }},
		{"machine learning registries in ", func(s dsr.Scope) bool { return len(s.Registries) > 0 }},
		{"operationalization clusters in ", func(s dsr.Scope) bool { return s.OperationalizationClusters }},
	}

	done := map[string]bool{} // asked for, or in out already
	for _, s := range scope {
		for _, k := range kinds {
			if k.named(s) {
				done[strings.ToLower(k.what+where(s))] = true
			}
		}
	}

	var out []string
	for _, s := range scope {
		for _, k := range kinds {
			what := k.what + where(s)
			if key := strings.ToLower(what); !done[key] {
				done[key] = true
				out = append(out, what)
			}
		}
	}

	return out
}
