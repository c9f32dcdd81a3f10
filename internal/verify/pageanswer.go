package verify

import (
	"context"
	"fmt"
	"slices"

	"azureml-dsr/internal/dsr"
)

// checkAnswer notes the faults of the task's page by its answer, which was read to its end.
func (c *receiptCheck) checkAnswer(a *answerCheck) {
	if a == nil {
		return
	}
	for _, detail := range a.faults() {
		c.v.fault(FaultInconsistent, c.task.PageBlob(), "%s", detail)
	}
}

// checkLeftAnswer checks the page against its answer if the task that listed the page has
// failed afterwards. In that case no receipt names the answer.
func (c *receiptCheck) checkLeftAnswer(ctx context.Context) (err error) {
	if c.page == nil || c.page.value.Answer == nil || len(c.receipt.Parts) > 0 || c.receipt.Outcome != dsr.Failed {
		return nil
	}

	ref := *c.page.value.Answer
	a := c.answerOf(ref.Name)
	if a == nil {
		return nil
	}
	name := c.v.attempt.Prefix() + ref.Name
	if name != c.task.AnswerBlob(c.target) {
		c.v.fault(FaultInconsistent, c.task.PageBlob(), "it names another page's answer")
		return nil
	}

	c.v.named.add(name)
	body, fault, err := c.v.open(ctx, name)
	if err != nil {
		return err
	}
	if fault != nil {
		c.v.note(*fault)
		return nil
	}
	defer body.Close()

	d := newDigest(body)
	malformed := readEntries(d, a.walk(), a.entry)
	if err := d.drain(); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}

	switch {
	case d.sum() != ref.SHA256:
		c.v.fault(FaultChanged, name, "its SHA-256 is not its page record's")
	case malformed != nil:
		c.v.fault(FaultMalformed, name, "it is not an array of entries")
	default:
		c.checkAnswer(a)
	}

	return nil
}

// checkNoAnswer checks a page without an answer against its node. Such a page either belongs
// to a node without a list, whose only item is its target, or was recorded with a plan.
func (c *receiptCheck) checkNoAnswer() {
	if c.page == nil || c.page.value.Answer != nil || !c.lists() || !hasWork(c.page.value) {
		return
	}

	p := c.page.value
	switch {
	case c.task.IsSubNode():
		c.v.fault(FaultInconsistent, c.task.PageBlob(), "it is the page of an item's list and has no answer")
	case c.node.Recorded():
	case p.State != dsr.PageLast || p.Number != 1 || !slices.Equal(p.Items, []string{c.node.Target}):
		c.v.fault(FaultInconsistent, c.task.PageBlob(), "it has no answer, and its only item is not its node's target")
	}
}
