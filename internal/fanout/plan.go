package fanout

import (
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// ResourceType is what planning needs to know of a type of the catalogue.
type ResourceType struct {
	Name    string
	Level   dsr.Level
	Follows string // the type whose items it hangs on; "" for none
}

// Build makes the plan of an attempt from what was found: pure, and the same
// nodes each time for the same finds. types are in the catalogue's order.
func Build(r dsr.Request, attempt int, found []Found, types []ResourceType, now time.Time) dsr.Plan {
	p := dsr.Plan{
		SchemaVersion: dsr.SchemaVersion, RequestID: r.ID, Attempt: attempt, Kind: r.Kind, CreatedAt: now,
		Nodes: []dsr.Node{}, NotCovered: notCovered(r, types),
	}
	for _, f := range found {
		for _, n := range nodesOf(r, f, types) {
			n.Number = len(p.Nodes) + 1
			p.Nodes = append(p.Nodes, n)
		}
	}
	return p
}

// nodesOf gives the nodes of one target: one for each group of wanted types
// that share a list. A target that isn't there is one failed node.
func nodesOf(r dsr.Request, f Found, types []ResourceType) []dsr.Node {
	if f.Failed != nil {
		typ := failedType(r, f.Target.Level, types)
		if typ == "" {
			return nil
		}
		return []dsr.Node{{Type: typ, Followers: []string{}, Target: f.Failed.Target, Location: f.Target.Location, Failed: f.Failed}}
	}
	var nodes []dsr.Node
	root := map[string]int{} // of a list's own type, the index of its node
	for _, t := range types {
		if t.Level != f.Target.Level || !r.Wants(t.Name) {
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
		nodes = append(nodes, dsr.Node{Type: t.Name, Followers: []string{}, Target: f.Target.ID(), Location: f.Target.Location})
	}
	return nodes
}

// failedType names the type that a target's absence is reported under: the
// first wanted one at its level or below.
func failedType(r dsr.Request, level dsr.Level, types []ResourceType) string {
	last := dsr.HostingAccount
	if level != dsr.HostingAccount {
		last = dsr.Project
	}
	for l := level; l <= last; l++ {
		i := slices.IndexFunc(types, func(t ResourceType) bool { return t.Level == l && r.Wants(t.Name) })
		if i >= 0 {
			return types[i].Name
		}
	}
	return ""
}

// notCovered names what the attempt leaves out, so that nobody takes an export
// for more than it is.
func notCovered(r dsr.Request, types []ResourceType) []dsr.NotCovered {
	out := []dsr.NotCovered{}
	for _, t := range types {
		if !r.Wants(t.Name) {
			out = append(out, dsr.NotCovered{What: t.Name, Why: "notRequested"})
		}
	}
	for _, s := range r.Scope {
		where := "/subscriptions/" + s.SubscriptionID
		if s.ResourceGroup != "" {
			where += "/resourceGroups/" + s.ResourceGroup
		}
		for _, left := range []struct {
			what string
			out  bool
		}{
			{"experimentation accounts in ", s.ExperimentationAccount == ""},
			{"model management accounts in ", s.ModelManagementAccount == ""},
		} {
			if left.out {
				out = append(out, dsr.NotCovered{What: left.what + where, Why: "notInScope"})
			}
		}
		if len(s.MachineLearningWorkspaces) > 0 || s.OperationalizationClusters {
			out = append(out, dsr.NotCovered{What: "compute targets in " + where, Why: "notSupported"})
		}
	}
	return append(out, dsr.NotCovered{What: "telemetry", Why: "exportedByAzurePrivacyPortal"})
}
