package verify

import (
	"context"
	"fmt"
	"strconv"
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

// beside are blobs of an attempt that are tolerated though nothing names them, by name or by
// prefix. They are records that manifests never name, such as those of resends, and what a
// reconciler or planner stored before another one finished its work.
var beside = []struct {
	name   string
	prefix bool
}{
	{name: "cancel.json"},
	{name: "retry.json"},
	{name: "retention.json"},
	{name: "hops/", prefix: true},
	{name: "decisions/", prefix: true},
	{name: "deletes/", prefix: true},
	{name: deletionFolder, prefix: true},
	{name: manifestFolder + "part-", prefix: true},
}

// isBeside reports whether a name, relative to the attempt, is among beside.
func isBeside(rest string) bool {
	for _, b := range beside {
		if rest == b.name || (b.prefix && strings.HasPrefix(rest, b.name)) {
			return true
		}
	}
	return false
}

// checkOrphans checks the blobs of the request that nothing names. An orphan that unfinished
// or discarded work may have stored is tolerated; any other is a fault. Without a plan the
// two can't be told apart, and nothing is checked.
func (v *verifier) checkOrphans(ctx context.Context) error {
	if v.plan == nil {
		return nil
	}

	s := newOrphans(v)
	for name, err := range v.evidence.List(ctx, v.attempt.RequestID+"/") {
		if err != nil {
			return fmt.Errorf("listing the request: %w", err)
		}
		if v.named.has(name) || v.ofAnotherAttempt(name) {
			continue
		}
		tolerated, err := s.tolerated(ctx, name)
		if err != nil {
			return err
		}

		if tolerated {
			v.unlisted = append(v.unlisted, name)
		} else {
			v.fault(FaultForeign, name, "no receipt, page record or manifest names it")
		}
	}

	return nil
}

// ofAnotherAttempt reports whether a blob belongs to another attempt than the one that is
// being verified.
func (v *verifier) ofAnotherAttempt(name string) bool {
	folder, _, ok := strings.Cut(strings.TrimPrefix(name, v.attempt.RequestID+"/"), "/")
	n, err := strconv.Atoi(folder)
	return ok && err == nil && n > 0 && strconv.Itoa(n) == folder && n != v.attempt.Number
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

// tolerated reports whether an orphan is no fault.
func (s *orphans) tolerated(ctx context.Context, name string) (bool, error) {
	a := s.v.attempt
	rest, ok := strings.CutPrefix(name, a.Prefix())
	if !ok {
		return name == dsr.ExtensionBlob(a.RequestID), nil
	}
	if isBeside(rest) {
		return true, nil
	}

	if data, ok := strings.CutPrefix(rest, "data/"); ok {
		return s.data(ctx, name, data)
	}

	t, ok := pageAt(a, name)
	if !ok {
		t, ok = receiptAt(a, name)
	}
	if !ok {
		return false, nil
	}

	return s.discarded(ctx, t)
}

// data reports whether a blob below data/ is tolerated, because it belongs to a discarded
// pass or to a task that did not succeed.
func (s *orphans) data(ctx context.Context, name, rest string) (bool, error) {
	n, typ, file := s.place(rest)
	if n.Number == 0 {
		return false, nil
	}

	target, _ := n.Place() // the plan was checked
	if run, ok := strings.CutPrefix(file, contentFolder+"/"); ok && typ == artifactType {
		run, _, _ = strings.Cut(run, "/")
		return s.artifact(ctx, n, artifactFolder(s.v.attempt, target), run)
	}

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
