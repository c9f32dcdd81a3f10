package verify

import (
	"cmp"
	"iter"
	"slices"

	"azureml-dsr/internal/dsr"
)

// typesInOrder returns a node's own type and its followers in the order in which
// the names of their receipts sort.
func typesInOrder(n dsr.Node) []string {
	types := append([]string{n.Type}, n.Followers...)
	slices.SortFunc(types, func(a, b string) int { return cmp.Compare(a+".json", b+".json") })
	return types
}

// impliedBy yields the tasks that a page record implies, in the order of their
// receipts' names: the task that listed the page and, unless the page is one that
// failed or was given up, a task for each chunk and type.
func impliedBy(p dsr.Page, lister dsr.Task, types []string) iter.Seq[dsr.Task] {
	works := p.State == dsr.PageNext || p.State == dsr.PageLast
	return func(yield func(dsr.Task) bool) {
		for chunk := range p.Chunks {
			for _, typ := range types {
				t := lister
				t.Chunk, t.Type = chunk, typ
				if (works || t == lister) && !yield(t) {
					return
				}
			}

			if !works {
				return
			}
		}
	}
}

// pageFault tells why a page record can't be that of its place; nil when it can.
func pageFault(name string, at dsr.Task, p dsr.Page) *Fault {
	switch {
	case p.Node != at.Node || p.Pass != at.Pass || p.Number != at.Page:
		return &Fault{FaultInconsistent, name, "it is the record of another page"}
	case p.SchemaVersion != dsr.SchemaVersion || !isState(p.State) || !wellCut(p):
		return &Fault{FaultMalformed, name, "its schemaVersion, state, chunkItems or chunks can't be a page record's"}
	default:
		return nil
	}
}

func isState(s dsr.PageState) bool {
	return slices.Contains([]dsr.PageState{dsr.PageNext, dsr.PageLast, dsr.PageFailed, dsr.PageContinues}, s)
}

// wellCut reports whether a page's chunks follow from its items.
func wellCut(p dsr.Page) bool {
	return p.ChunkItems > 0 && p.Chunks == max(1, (len(p.Items)+p.ChunkItems-1)/p.ChunkItems)
}

// chunkOf returns the items of a page's chunk; the page is well cut and has it.
func chunkOf(p dsr.Page, chunk int) []string {
	first := min(chunk*p.ChunkItems, len(p.Items))
	return p.Items[first:min(first+p.ChunkItems, len(p.Items))]
}
