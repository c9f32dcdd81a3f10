package dsr_test

import (
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// A sub-node belongs to one receipt: another place is another sub-node, and their names
// sort as the receipts do.
func TestASubNodeIsNamedByThePlaceOfItsItem(t *testing.T) {
	types := []string{"runs", "artifacts"}
	var names []string
	for _, at := range []dsr.Position{
		{Pass: 1, Page: 1}, {Pass: 1, Page: 1, Chunk: 1}, {Pass: 1, Page: 2},
		{Pass: 2, Page: 1}, {Pass: dsr.MaxPass, Page: dsr.MaxPage, Chunk: dsr.MaxChunk},
	} {
		for _, typ := range dsr.SortTypes(types) {
			for _, index := range []int{0, 1, dsr.MaxChunkItems - 1} {
				k := dsr.Task{
					Node:  "00001",
					Pass:  at.Pass,
					Page:  at.Page,
					Chunk: at.Chunk,
					Type:  typ,
				}
				name := k.SubNode(types, index)
				_, id, _ := strings.Cut(name, "~")
				got, gotIndex, ok := dsr.ParseSubNode(id)
				if !ok || got != at || gotIndex != index {
					t.Errorf("%s reads as item %d of %+v, %t; want %d of %+v", name, gotIndex, got, ok, index, at)
				}
				names = append(names, name)
			}
		}
	}

	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("not sorted, or one name twice: %q", names)
	}
}

func TestAHashIsNoPlace(t *testing.T) {
	for _, id := range []string{"", "0000001000000000", "1000000000000000", "aaaaaaaaaaaaaaaa", "1000001000000fff", "100000100000000", "10000010000000000"} {
		if at, _, ok := dsr.ParseSubNode(id); ok {
			t.Errorf("%q reads as %+v", id, at)
		}
	}
}
