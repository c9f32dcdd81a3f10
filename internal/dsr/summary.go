package dsr

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Summary is what a manifest needs of a receipt.
type Summary struct {
	Outcome  Outcome
	Totals   Totals
	Parts    []PartRef
	Failures int // things that could not be done
	// Counted and Matching are those of Receipt.
	Counted, Matching int64
	Cost              Cost
}

// Summary returns what a manifest needs of the receipt.
func (r Receipt) Summary() Summary {
	return Summary{
		Outcome:  r.Outcome,
		Totals:   r.Totals,
		Parts:    r.Parts,
		Failures: len(r.Failures),
		Counted:  r.Counted,
		Matching: r.Matching,
		Cost:     r.Cost,
	}
}

// maxMetadata bounds a receipt's metadata with its summary. Storage allows 8 KB of names
// and values; the rest is room for the prefixes that HTTP adds to the names.
const maxMetadata = 7900

// addSummary adds the summary to the receipt's metadata, unless it doesn't fit or the
// parts are not all in one folder.
func (r Receipt) addSummary(meta map[string]string) {
	parts, ok := packParts(r.Parts)
	if !ok {
		return
	}

	with := maps.Clone(meta)
	with[MetaTotals], with[MetaParts] = packTotals(r.Totals), parts

	if r.Counted > 0 || r.Matching > 0 {
		with[MetaCounted] = fmt.Sprintf("%d,%d", r.Counted, r.Matching)
	}

	if r.Cost != (Cost{}) {
		with[MetaCost] = packCost(r.Cost)
	}

	size := len(MetaSHA256) + 2*sha256.Size // added when the receipt is stored
	for name, value := range with {
		size += len(name) + len(value)
	}

	if size <= maxMetadata {
		maps.Copy(meta, with)
	}
}

// Summary returns the summary that the listing showed. It is false where there is none,
// or none that Metadata writes; then the receipt itself must be read.
func (m ReceiptMark) Summary() (Summary, bool) {
	s := Summary{Outcome: m.Outcome, Failures: m.Failures}
	var okTotals, okParts bool
	s.Totals, okTotals = unpackTotals(m.summary[0])
	s.Parts, okParts = unpackParts(m.summary[1])
	if counted := m.summary[2]; counted != "" {
		if _, err := fmt.Sscanf(counted, "%d,%d", &s.Counted, &s.Matching); err != nil {
			return Summary{}, false
		}
	}
	if cost := m.summary[3]; cost != "" {
		var ok bool
		if s.Cost, ok = unpackCost(cost); !ok {
			return Summary{}, false
		}
	}
	return s, okTotals && okParts
}

// none stands for an empty list, for storage keeps no empty metadata.
const none = "-"

// packTotals writes totals as "E16=50,50,0,0,0,104321 …", the counts in the order of
// their fields. The last one is left out where it is 0.
func packTotals(t Totals) string {
	var b strings.Builder
	for _, id := range t.Endpoints() {
		c := t[id]
		fmt.Fprintf(&b, "%s=%d,%d,%d,%d,%d,%d", id, c.Calls, c.Documents, c.Gone, c.Failed, c.Repeated, c.Bytes)
		if c.Left != 0 {
			fmt.Fprintf(&b, ",%d", c.Left)
		}
		b.WriteByte(' ')
	}
	if b.Len() == 0 {
		return none
	}
	return strings.TrimSuffix(b.String(), " ")
}

func unpackTotals(text string) (Totals, bool) {
	t := Totals{}
	if text == none {
		return t, true
	}

	for field := range strings.FieldsSeq(text) {
		id, counts, _ := strings.Cut(field, "=")
		numbers, ok := unpackNumbers(counts, 6+max(0, strings.Count(counts, ",")-5))
		if !ok || id == "" || len(numbers) > 7 {
			return nil, false
		}

		t[id] = Counts{
			Calls:     numbers[0],
			Documents: numbers[1],
			Gone:      numbers[2],
			Failed:    numbers[3],
			Repeated:  numbers[4],
			Bytes:     numbers[5],
		}
		if len(numbers) == 7 {
			c := t[id]
			c.Left = numbers[6]
			t[id] = c
		}
	}

	return t, len(t) > 0
}

// packParts writes parts as "folder/ file=sha256,size,documents,matches …". It is false
// where they are not all in one folder, or a name has other than printable ASCII.
func packParts(parts []PartRef) (string, bool) {
	if len(parts) == 0 {
		return none, true
	}

	folder, _ := path.Split(parts[0].Name)
	fields := []string{folder}
	for _, p := range parts {
		dir, file := path.Split(p.Name)
		if dir != folder || dir == "" {
			return "", false
		}
		fields = append(fields, fmt.Sprintf("%s=%s,%d,%d,%d", file, p.SHA256, p.Size, p.Documents, p.SubjectMatches))
	}

	text := strings.Join(fields, " ")
	return text, !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

func unpackParts(text string) ([]PartRef, bool) {
	parts := []PartRef{}
	if text == none {
		return parts, true
	}
	fields := strings.Fields(text)
	if len(fields) < 2 || !strings.HasSuffix(fields[0], "/") {
		return nil, false
	}

	for _, field := range fields[1:] {
		file, rest, _ := strings.Cut(field, "=")
		sum, counts, _ := strings.Cut(rest, ",")
		numbers, ok := unpackNumbers(counts, 3)
		if !ok || file == "" || strings.Contains(file, "/") || sum == "" {
			return nil, false
		}

		parts = append(parts, PartRef{
			Name:           fields[0] + file,
			SHA256:         sum,
			Size:           numbers[0],
			Documents:      numbers[1],
			SubjectMatches: numbers[2],
		})
	}

	return parts, true
}

func unpackNumbers(text string, n int) ([]int64, bool) {
	fields := strings.Split(text, ",")
	if len(fields) != n {
		return nil, false
	}

	numbers := make([]int64, n)
	for i, f := range fields {
		v, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return nil, false
		}
		numbers[i] = v
	}

	return numbers, true
}

// itemDigits is how many digits of a sub-node's id are the item's index in its chunk. The
// digits before are the same in all ids that one receipt names.
const itemDigits = 3

// packSubNodes writes the ids of sub-nodes in order: the digits that all share, a plus,
// and the rest of each. Ids that are hashes share none and are separated by blanks.
func packSubNodes(subs []SubNode) string {
	ids := make([]string, len(subs))
	for i, s := range subs {
		_, ids[i], _ = strings.Cut(s.Node, "~")
	}

	slices.Sort(ids)
	const common = subNodeDigits - itemDigits
	if slices.ContainsFunc(ids, func(id string) bool { return len(id) != subNodeDigits || id[:common] != ids[0][:common] }) {
		return strings.Join(ids, " ")
	}

	text := ids[0][:common] + "+"
	for _, id := range ids {
		text += id[common:]
	}

	return text
}

// unpackSubNodes returns the ids in order.
func unpackSubNodes(text string) []string {
	common, items, packed := strings.Cut(text, "+")
	if !packed {
		return slices.Sorted(strings.FieldsSeq(text)) // the first versions wrote them unsorted
	}
	var ids []string
	for ; len(items) >= itemDigits; items = items[itemDigits:] {
		ids = append(ids, common+items[:itemDigits])
	}
	return ids
}
