package verify

import (
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
)

// pageAt parses a page record's place from its name; false if no page record has such a
// name.
func pageAt(a dsr.Attempt, name string) (dsr.Task, bool) {
	node, file, ok := placeOf(name, a.Pages())
	numbers := strings.Split(file, "-")
	if !ok || len(numbers) != 2 {
		return dsr.Task{}, false
	}

	t := dsr.Task{RequestID: a.RequestID, Attempt: a.Number, Node: node}
	ok = readNumbers(numbers, &t.Pass, &t.Page)
	return t, ok && inBounds(t) && t.PageBlob() == name
}

// receiptAt parses a task from the name of its receipt; false if no receipt has such a name.
func receiptAt(a dsr.Attempt, name string) (dsr.Task, bool) {
	node, file, ok := placeOf(name, a.Receipts())
	parts := strings.SplitN(file, "-", 4)
	if !ok || len(parts) != 4 {
		return dsr.Task{}, false
	}

	t := dsr.Task{
		RequestID: a.RequestID,
		Attempt:   a.Number,
		Node:      node,
		Type:      parts[3],
	}
	ok = readNumbers(parts[:3], &t.Pass, &t.Page, &t.Chunk)
	return t, ok && inBounds(t) && t.ReceiptBlob() == name
}

// placeOf splits the name of a record below a prefix into its node and its file name without
// ".json".
func placeOf(name, prefix string) (node, file string, ok bool) {
	rest, below := strings.CutPrefix(name, prefix)
	node, file, inNode := strings.Cut(rest, "/")
	file, isJSON := strings.CutSuffix(file, ".json")
	return node, file, below && inNode && isJSON
}

// readNumbers parses one number for each place. Both must be equally many.
func readNumbers(texts []string, places ...*int) bool {
	for i, text := range texts {
		n, err := strconv.Atoi(text)
		if err != nil {
			return false
		}
		*places[i] = n
	}
	return len(texts) == len(places)
}

// inBounds reports whether a task's numbers are within the bounds of tasks. Within them, the
// order of names is the order of numbers.
func inBounds(t dsr.Task) bool {
	_, _, err := dsr.SplitNode(t.Node)
	return err == nil &&
		t.Pass >= 1 && t.Pass <= dsr.MaxPass &&
		t.Page >= 1 && t.Page <= dsr.MaxPage &&
		t.Chunk >= 0 && t.Chunk <= dsr.MaxChunk
}

// planNode returns the name of the plan's node that a node or sub-node belongs to.
func planNode(node string) string {
	name, _, _ := strings.Cut(node, "~")
	return name
}
