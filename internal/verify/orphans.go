package verify

import (
	"context"
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

// Folders below the attempt's prefix.
const (
	manifestFolder = "manifest/"
	deletionFolder = "deletion-plan/"
)

const (
	artifactType  = "artifacts"
	contentFolder = "content"
)

// checkOrphans checks the blobs of the request that nothing names. An orphan that unfinished
// or discarded work may have stored is tolerated; any other is a fault. Without a plan the
// two can't be told apart, and nothing is checked.
func (v *verifier) checkOrphans(ctx context.Context) error {
	if v.plan == nil {
		return nil
	}

	last, err := LastAttempt(ctx, v.evidence, v.attempt.RequestID)
	if err != nil {
		return fmt.Errorf("looking for attempts: %w", err)
	}

	s := newOrphans(v)
	for name, err := range v.evidence.List(ctx, v.attempt.RequestID+"/") {
		if err != nil {
			return fmt.Errorf("listing the request: %w", err)
		}
		if v.named.has(name) || v.ofAnotherAttempt(name, max(last, v.attempt.Number)) {
			continue
		}

		tolerated, fault, err := s.tolerated(ctx, name)
		switch {
		case err != nil:
			return err
		case !tolerated:
			v.fault(FaultForeign, name, "no receipt, page record or manifest names it")
		case fault != nil:
			v.note(*fault)
		default:
			v.unlisted = append(v.unlisted, name)
		}
	}

	return nil
}

// artifactFolder returns the folder of a target's artifacts.
func artifactFolder(a dsr.Attempt, target dsr.Target) string {
	return a.Prefix() + "data/" + artifactType + "/" + target.Path() + "/" + contentFolder + "/"
}

// orphans decides which orphans are tolerated.
type orphans struct {
	v *verifier
	// nodes are the plan's nodes by "{type}/{target path}", the folder of their data.
	nodes  map[string]dsr.Node
	newest newestAsked
	subs   discardedSubNodes
	runs   discardedRuns
}

func newOrphans(v *verifier) *orphans {
	s := &orphans{v: v, nodes: map[string]dsr.Node{}}
	for _, n := range v.plan.Nodes {
		t, _ := n.Place() // the plan was checked
		for _, typ := range append([]string{n.Type}, n.Followers...) {
			s.nodes[typ+"/"+t.Path()] = n
		}
	}
	return s
}

// tolerated reports whether an orphan may exist, by its name. If it may, the fault is why it
// is not what a blob of its name contains.
func (s *orphans) tolerated(ctx context.Context, name string) (bool, *Fault, error) {
	a := s.v.attempt
	rest, ok := strings.CutPrefix(name, a.Prefix())
	if !ok {
		return s.beside(ctx, name)
	}
	if check := s.v.besideAt(rest); check != nil {
		fault, err := check(ctx, name)
		return true, fault, err
	}

	if data, ok := strings.CutPrefix(rest, "data/"); ok {
		return s.data(ctx, name, data)
	}

	return s.record(ctx, name)
}

// beside judges a blob beside the attempts: an extension that came after the closing, or a
// copy for the person.
func (s *orphans) beside(ctx context.Context, name string) (bool, *Fault, error) {
	if name != dsr.ExtensionBlob(s.v.attempt.RequestID) {
		return s.v.copy(ctx, name)
	}
	fault, err := fit(ctx, s.v, name, s.v.ownExtension)
	return true, fault, err
}

// record judges a page record or receipt. It may belong to a discarded pass.
func (s *orphans) record(ctx context.Context, name string) (bool, *Fault, error) {
	page, isPage := pageAt(s.v.attempt, name)
	task, isReceipt := receiptAt(s.v.attempt, name)
	if !isPage && !isReceipt {
		return false, nil, nil
	}
	t := page
	if isReceipt {
		t = task
	}

	discarded, err := s.discarded(ctx, t)
	if err != nil || !discarded {
		return false, nil, err
	}

	if isPage {
		p, fault, err := fetch[dsr.Page](ctx, s.v, name)
		if err == nil && fault == nil {
			fault = pageFault(name, t, p.value)
		}
		return true, fault, err
	}

	fault, err := fit(ctx, s.v, name, func(r stored[dsr.Receipt]) string { return notOf(t, r.value) })

	return true, fault, err
}

// data judges a blob below data/. It may belong to a discarded pass or to a task that did not
// succeed.
func (s *orphans) data(ctx context.Context, name, rest string) (bool, *Fault, error) {
	n, typ, file := s.place(rest)
	if n.Number == 0 {
		return false, nil, nil
	}

	target, _ := n.Place() // the plan was checked
	if run, ok := strings.CutPrefix(file, contentFolder+"/"); ok && typ == artifactType {
		run, _, _ = strings.Cut(run, "/")
		may, err := s.artifact(ctx, n, artifactFolder(s.v.attempt, target), run)
		return may, nil, err
	}

	may, err := s.part(ctx, n, typ, name, file)
	if err != nil || !may {
		return false, nil, err
	}
	fault, err := s.v.orphanedPart(ctx, name)

	return true, fault, err
}

// part reports whether a part or an answer, or a stretch of one, may exist.
func (s *orphans) part(ctx context.Context, n dsr.Node, typ, name, file string) (bool, error) {
	target, _ := n.Place() // the plan was checked

	// Earlier deliveries have stored a long part or answer in stretches.
	if of, _, ok := dsr.StretchOf(name); ok {
		if s.v.named.has(of) {
			return true, nil
		}
		name, file = of, file[:strings.LastIndexByte(file, '/')+1]+of[strings.LastIndexByte(of, '/')+1:]
	}

	t, ok := s.task(n, typ, file)
	if !ok || (t.PartBlob(target) != name && t.AnswerBlob(target) != name) {
		return false, nil
	}
	if discarded, err := s.discarded(ctx, t); discarded || err != nil {
		return discarded, err
	}

	receipt, fault, err := fetch[dsr.Receipt](ctx, s.v, t.ReceiptBlob())
	switch {
	case err != nil:
		return false, err
	case fault != nil: // if it should exist, the missing receipt is already a fault
		return s.v.named.has(fault.Name), nil
	default:
		return receipt.value.Outcome != dsr.Succeeded, nil
	}
}

// place finds the node that a name below data/ belongs to, its type, and what
// follows the target's path.
func (s *orphans) place(rest string) (n dsr.Node, typ, file string) {
	segments := strings.Split(rest, "/")
	for k := 3; k < len(segments) && k <= 6; k++ { // a type, and 2 to 5 of a target
		if n, ok := s.nodes[strings.Join(segments[:k], "/")]; ok {
			return n, segments[0], strings.Join(segments[k:], "/")
		}
	}
	return dsr.Node{}, "", ""
}

// task parses the task from the name of its part or answer.
func (s *orphans) task(n dsr.Node, typ, file string) (dsr.Task, bool) {
	t := s.v.plan.FirstTask(n)
	t.Type = typ

	if sub, rest, ok := strings.Cut(file, "/"); ok {
		t.Node, file = t.Node+sub, rest
	}

	file, ok := strings.CutSuffix(file, ".json")
	kind, rest, _ := strings.Cut(file, "-")
	numbers := strings.Split(rest, "-")
	switch {
	case !ok:
	case kind == "part":
		ok = readNumbers(numbers, &t.Pass, &t.Page, &t.Chunk)
	case kind == "page":
		ok = readNumbers(numbers, &t.Pass, &t.Page)
	default:
		ok = false
	}

	return t, ok && inBounds(t)
}
