package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/dsr"
)

// lists reports whether the task is the one that lists its page.
func (c *receiptCheck) lists() bool {
	return c.task.Chunk == 0 && (c.task.IsSubNode() || c.task.Type == c.node.Type)
}

// partNames checks that the receipt names the parts that its task writes. These are the
// page's answer, if the task lists the page and there is an answer, and the task's own part.
func (c *receiptCheck) partNames() {
	if len(c.receipt.Parts) == 0 {
		return
	}

	want := []string{c.task.PartBlob(c.target)}

	if c.page != nil && c.lists() && c.page.value.Answer != nil {
		answer, first := c.page.value.Answer, c.receipt.Parts[0]
		want = append([]string{c.task.AnswerBlob(c.target)}, want...)
		if answer.Name != first.Name || answer.SHA256 != first.SHA256 {
			c.v.fault(FaultInconsistent, c.name, "its first part is not the answer that its page was made from")
		}
	}

	var got []string
	for _, p := range c.receipt.Parts {
		got = append(got, c.v.attempt.Prefix()+p.Name)
	}

	if c.page != nil && !slices.Equal(got, want) {
		c.v.fault(FaultInconsistent, c.name, "the parts that it names are not those of its task")
	}
}

// parts checks the parts, and adds their entries to derived unless that is nil. It returns
// false when one of them could not be counted.
func (c *receiptCheck) parts(ctx context.Context, refs []dsr.PartRef, derived *figures) (bool, error) {
	complete := true
	for i, ref := range refs {
		if !strings.HasPrefix(ref.Name, "data/") {
			c.v.fault(FaultInconsistent, c.name, "it names a part that is not below data/")
			complete = false
			continue
		}

		endpoint, items, answer := "", c.itemsOf(ref), c.answerOf(ref.Name)
		leavesWrongly := false
		ok, err := c.part(ctx, ref, answer.walk(), func(e entry) {
			endpoint = cmp.Or(endpoint, e.Endpoint)
			items.add(e.Item)
			answer.entry(e)
			leavesWrongly = leavesWrongly || c.leavesWrongly(e)
			if derived != nil && c.node != nil {
				derived.add(e, c.node.Target)
			}
		})
		if err != nil {
			return false, err
		}

		if ok {
			c.checkItems(ref, items)
			c.checkAnswer(answer)
		}
		if ok && leavesWrongly {
			c.v.fault(FaultInconsistent, c.v.attempt.Prefix()+ref.Name, "an entry says that it leaves out what this export keeps")
		}

		// Repeated ids count in the row of the answer's first entry, which is the list's.
		if i == 0 && derived != nil && c.page != nil && c.page.value.Answer != nil && c.page.value.Answer.Name == ref.Name {
			derived.repeated(endpoint, c.page.value.Repeated)
		}

		complete = complete && ok
	}
	return complete, nil
}

// part reads one part to its end and checks its bytes, shape and counts, and then the
// artifacts that it names. It returns false when this is not the part that was written.
func (c *receiptCheck) part(ctx context.Context, ref dsr.PartRef, document func(*jsontext.Decoder) error, each func(entry)) (bool, error) {
	v, name := c.v, c.v.attempt.Prefix()+ref.Name
	v.named.add(name)
	body, fault, err := v.open(ctx, name)
	if err != nil {
		return false, err
	}
	if fault != nil {
		v.note(*fault)
		v.markDamaged(c.artifacts())
		return false, nil
	}
	defer body.Close()

	d := newDigest(body)
	var documents, matching, matches int64
	var contents []dsr.Content
	malformed := readEntries(d, document, func(e entry) {
		each(e)
		matches += int64(e.SubjectMatches)

		if e.hasDocument {
			documents++
		}
		if e.hasDocument && e.SubjectMatches > 0 {
			matching++
		}

		if e.Content != nil {
			contents = append(contents, *e.Content)
			v.named.add(v.attempt.Prefix() + e.Content.Name)
		}
	})
	if err := d.drain(); err != nil {
		return false, fmt.Errorf("reading %s: %w", name, err)
	}

	v.count(1, documents, matching)

	switch {
	case d.sum() != ref.SHA256:
		v.fault(FaultChanged, name, "its SHA-256 is not its receipt's; it has %d bytes of %d", d.size, ref.Size)
	case malformed != nil:
		v.fault(FaultMalformed, name, "it is not an array of entries")
	default:
		if d.size != ref.Size || documents != ref.Documents || matches != ref.SubjectMatches {
			v.fault(FaultInconsistent, name, "its receipt counts other bytes, documents or subjectMatches than it has")
		}
		return true, c.contents(ctx, name, contents)
	}

	v.markDamaged(c.artifacts())

	return false, nil
}

// orphanedPart reads a part that nothing names. It returns a fault if it is not a part.
func (v *verifier) orphanedPart(ctx context.Context, name string) (*Fault, error) {
	body, fault, err := v.open(ctx, name)
	if body == nil {
		return fault, err
	}
	defer body.Close()

	d := newDigest(body)
	malformed := readEntries(d, nil, func(entry) {})
	if err := d.drain(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if malformed != nil {
		return &Fault{FaultMalformed, name, "it is not an array of entries"}, nil
	}

	return nil, nil
}

// artifacts returns the folder of the artifacts that the task's parts may name.
func (c *receiptCheck) artifacts() string {
	if c.node == nil {
		return ""
	}
	return artifactFolder(c.v.attempt, c.target)
}

func (c *receiptCheck) contents(ctx context.Context, part string, contents []dsr.Content) error {
	for _, content := range contents {
		if !strings.HasPrefix(c.v.attempt.Prefix()+content.Name, c.artifacts()) {
			c.v.fault(FaultInconsistent, part, "it names an artifact outside its target's folder")
			continue
		}
		if err := c.v.artifact(ctx, content); err != nil {
			return err
		}
	}
	return nil
}

// artifact reads an artifact to its end and checks its bytes.
func (v *verifier) artifact(ctx context.Context, content dsr.Content) error {
	name := v.attempt.Prefix() + content.Name
	body, fault, err := v.open(ctx, name)
	if err != nil {
		return err
	}
	if fault != nil {
		v.note(*fault)
		return nil
	}
	defer body.Close()

	d := newDigest(body)
	if err := d.drain(); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}

	v.count(1, 0, 0)

	if d.sum() != content.SHA256 || d.size != content.Size {
		v.fault(FaultChanged, name, "its SHA-256 or size is not its part's; it has %d bytes of %d", d.size, content.Size)
	}

	return nil
}
