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

// impliedBy yields the tasks that a page record implies, in the order of their receipts'
// names. These are a task for each chunk and type, or only the task that listed the page if
// the page failed or was given up.
func impliedBy(p dsr.Page, lister dsr.Task, types []string) iter.Seq[dsr.Task] {
	work := hasWork(p)
	return func(yield func(dsr.Task) bool) {
		for chunk := range p.Chunks {
			for _, typ := range types {
				t := lister
				t.Chunk, t.Type = chunk, typ
				if (work || t == lister) && !yield(t) {
					return
				}
			}

			if !work {
				return
			}
		}
	}
}

// pageFault returns why a page record can't be the record of its place; nil if it can.
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

// chunkOf returns the items of a chunk. The page must be well cut and have the chunk.
func chunkOf(p dsr.Page, chunk int) []string {
	first := min(chunk*p.ChunkItems, len(p.Items))
	return p.Items[first:min(first+p.ChunkItems, len(p.Items))]
}
