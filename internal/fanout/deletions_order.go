package fanout

import (
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// addDeletions adds the nodes that delete, in the order of rows: what is in a container
// comes before the container. A target that is not confirmed becomes a failed node.
func addDeletions(p *dsr.Plan, r dsr.Request, found []Found, rows []dsr.DeletionType) {
	placed := deletionsByPlace{}
	for _, row := range rows {
		for _, f := range found {
			if f.Failed != nil || !deletes(r, f.Target, row) {
				continue
			}

			n := dsr.NodeAt(dsr.DeleteType(row.Type), f.Target)
			n.Number = len(p.Nodes) + 1
			n.After = placed.before(f.Target, row)
			if !confirmed(r, f.Target.Space().ID()) {
				n.Failed = notConfirmed(row, n.Target)
			}

			p.Nodes = append(p.Nodes, n)
			placed.add(n, row.Type)
		}
	}
}

func notConfirmed(row dsr.DeletionType, target string) *dsr.Failure {
	return &dsr.Failure{
		Endpoint: row.ID,
		Target:   target,
		Reason:   dsr.ReasonConfirmationMissing,
		Error:    "nothing is deleted: add the target's ARM id to /confirm and send the request under a new id",
	}
}

// place is where nodes delete: an ARM id in lower case and a type, "" for any.
type place struct{ id, typ string }

// deletionsByPlace maps each place to the nodes that delete in it.
type deletionsByPlace map[place]dsr.NodeSet

// add enters a node at its target and at everything around it. Its number must be higher
// than those of earlier nodes.
func (d deletionsByPlace) add(n dsr.Node, typ string) {
	id := strings.ToLower(strings.Trim(n.Target, "/"))
	for end := len(id); end > 0; end = strings.LastIndexByte(id[:end], '/') {
		for _, at := range []place{{id[:end], ""}, {id[:end], typ}} {
			nodes := d[at]
			nodes.Append(n.Number)
			d[at] = nodes
		}
	}
}

// before returns the nodes that a row's node in a target waits for: those of the types
// that the row names, in the same workspace or account. A row that names none waits for
// all that delete in the target.
func (d deletionsByPlace) before(target dsr.Target, row dsr.DeletionType) dsr.NodeSet {
	if row.After == nil {
		return d.in(target, "")
	}

	sets := make([]dsr.NodeSet, 0, len(row.After))
	for _, typ := range row.After {
		sets = append(sets, d.in(target.Space(), typ))
	}
	return dsr.Union(sets...)
}

// in returns the nodes that delete a type in a target.
func (d deletionsByPlace) in(target dsr.Target, typ string) dsr.NodeSet {
	return slices.Clone(d[place{strings.ToLower(strings.Trim(target.ID(), "/")), typ}])
}
