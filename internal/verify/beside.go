package verify

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
)

// Folders and records of an attempt that manifests never name.
const (
	hopsFolder      = "hops/"
	decisionsFolder = "decisions/"
	deletesFolder   = "deletes/"
)

// besideAt returns the check of a record that manifests never name, by its name relative to
// the attempt; nil if no such record has the name. They are records of resends and of
// deletions, and what a reconciler or planner stored before another one finished its work.
func (v *verifier) besideAt(rest string) func(ctx context.Context, name string) (*Fault, error) {
	deletes := v.manifest.Kind != dsr.KindExport || v.manifest.DeletionPlan != nil

	switch {
	case rest == "cancel.json":
		return func(ctx context.Context, name string) (*Fault, error) { return fit(ctx, v, name, v.ownCancellation) }
	case rest == "retry.json" && v.attempt.Number > 1:
		return func(ctx context.Context, name string) (*Fault, error) { return fit(ctx, v, name, v.ownOrder) }
	case rest == "retention.json":
		return func(ctx context.Context, name string) (*Fault, error) { return fit(ctx, v, name, v.ownRetention) }
	case strings.HasPrefix(rest, hopsFolder):
		return v.hopAt(rest)
	case strings.HasPrefix(rest, decisionsFolder) && deletes:
		return v.decisionAt(strings.TrimPrefix(rest, decisionsFolder))
	case strings.HasPrefix(rest, deletesFolder) && deletes:
		return v.deletedAt(strings.TrimPrefix(rest, deletesFolder))
	case strings.HasPrefix(rest, deletionFolder) && deletes:
		return v.planPartAt(rest)
	case strings.HasPrefix(rest, manifestFolder):
		return v.manifestPartAt(rest)
	default:
		return nil
	}
}

// fit reads a record that nothing vouches for. It returns a fault if the record is not one of
// its name: fits says why not, "" where it is.
func fit[T any](ctx context.Context, v *verifier, name string, fits func(stored[T]) string) (*Fault, error) {
	s, fault, err := fetch[T](ctx, v, name)
	if err != nil || fault != nil {
		return fault, err
	}
	if why := fits(*s); why != "" {
		return &Fault{FaultInconsistent, name, why}, nil
	}
	return nil, nil
}

func (v *verifier) ownCancellation(s stored[dsr.CancelRecord]) string {
	if c := s.value; c.SchemaVersion != dsr.SchemaVersion || c.RequestID != v.attempt.RequestID || c.Attempt != v.attempt.Number {
		return "it cancels another attempt"
	}
	return ""
}

func (v *verifier) ownOrder(s stored[dsr.Retry]) string {
	if o := s.value; o.SchemaVersion != dsr.SchemaVersion || o.RequestID != v.attempt.RequestID || o.Attempt != v.attempt.Number {
		return "it orders another attempt"
	}
	return ""
}

func (v *verifier) ownRetention(s stored[dsr.Retention]) string {
	if !isRemovalOf(s.value, v.attempt) {
		return "it is the record of another attempt's removal"
	}
	return ""
}

func (v *verifier) ownExtension(s stored[dsr.Extension]) string {
	x := s.value
	if x.SchemaVersion != dsr.SchemaVersion || x.RequestID != v.attempt.RequestID {
		return "it extends another request"
	}
	if v.request != nil && !x.DueAt.Equal(v.request.DueAt) {
		return "it replaces another deadline than the request's"
	}
	return ""
}

// hopAt returns the check of a hop: {task}/{number}.json of a task that the plan has.
func (v *verifier) hopAt(rest string) func(context.Context, string) (*Fault, error) {
	task, file, _ := strings.Cut(strings.TrimPrefix(rest, hopsFolder), ".json")
	i := strings.LastIndexByte(task, '/')
	if i < 0 || file != "" {
		return nil
	}

	t, ok := receiptAt(v.attempt, v.attempt.Receipts()+task[:i]+".json")
	number, err := strconv.Atoi(task[i+1:])
	if !ok || !v.hasTask(t) || err != nil || number < 1 || number > dsr.MaxHop || v.attempt.Prefix()+rest != t.HopBlob(number) {
		return nil
	}

	return func(ctx context.Context, name string) (*Fault, error) {
		return fit(ctx, v, name, func(s stored[dsr.Hop]) string {
			if h := s.value; h.SchemaVersion != dsr.SchemaVersion || h.TaskID != t.ID() || h.Number != number || !isHopClass(h.Class) {
				return "it is no resend of its task"
			}
			return ""
		})
	}
}

// hasTask reports whether the plan has a node with a task's type.
func (v *verifier) hasTask(t dsr.Task) bool {
	c := receiptCheck{v: v, task: t}
	c.locate()
	return c.node != nil
}

func isHopClass(c dsr.HopClass) bool {
	switch c {
	case dsr.HopThrottled, dsr.HopTransient, dsr.HopCrashed, dsr.HopLost, dsr.HopUnfinished, dsr.HopStage:
		return true
	default:
		return false
	}
}

// hasTaskID reports whether a file is named after a task that has a receipt, or may be.
func (v *verifier) hasTaskID(file string) (id string, ok bool) {
	id, ok = strings.CutSuffix(file, ".json")
	return id, ok && (v.named.has(taskName(id)) || v.tally.incomplete || v.partsUnknown || (v.canceled() && taskID.MatchString(id)))
}

var taskID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// taskName is the name by which named remembers the id of a task that has a receipt.
func taskName(id string) string { return "task/" + id }

func (v *verifier) decisionAt(file string) func(context.Context, string) (*Fault, error) {
	id, ok := v.hasTaskID(file)
	if !ok {
		return nil
	}
	return func(ctx context.Context, name string) (*Fault, error) {
		return fit(ctx, v, name, func(s stored[dsr.Decision]) string {
			if d := s.value; d.SchemaVersion != dsr.SchemaVersion || d.TaskID != id || (d.Verdict != dsr.Go && d.Verdict != dsr.No) {
				return "it is no decision of its task"
			}
			return ""
		})
	}
}

func (v *verifier) deletedAt(file string) func(context.Context, string) (*Fault, error) {
	if _, ok := v.hasTaskID(file); !ok {
		return nil
	}
	return func(ctx context.Context, name string) (*Fault, error) {
		return fit(ctx, v, name, func(s stored[dsr.DeletionProof]) string {
			if d := s.value; d.Endpoint == "" || d.Target == "" || d.DeletedAt.IsZero() {
				return "it is no answer to a DELETE"
			}
			return ""
		})
	}
}

var (
	planPartName     = regexp.MustCompile(`^deletion-plan/(\d{5})-(\d{6})-([0-9a-f]{16})\.json$`)
	manifestPartName = regexp.MustCompile(`^manifest/part-\d{5}-([0-9a-f]{16})\.json$`)
)

// otherContent is the fault of a blob that is named after its content.
const otherContent = "its SHA-256 is not the one in its name"

func (v *verifier) planPartAt(rest string) func(context.Context, string) (*Fault, error) {
	m := planPartName.FindStringSubmatch(rest)
	if m == nil {
		return nil
	}
	node, _ := strconv.Atoi(m[1]) // can't fail: they are digits
	page, _ := strconv.Atoi(m[2])

	return func(ctx context.Context, name string) (*Fault, error) {
		return fit(ctx, v, name, func(s stored[dsr.PlanPart]) string {
			p := s.value
			switch {
			case s.sum[:16] != m[3]:
				return otherContent
			case p.SchemaVersion != dsr.SchemaVersion, p.RequestID != v.attempt.RequestID, p.Attempt != v.attempt.Number, p.Node != node, p.Page != page:
				return "it is a part of another plan, node or page"
			default:
				return ""
			}
		})
	}
}

func (v *verifier) manifestPartAt(rest string) func(context.Context, string) (*Fault, error) {
	m := manifestPartName.FindStringSubmatch(rest)
	if m == nil {
		return nil
	}
	return func(ctx context.Context, name string) (*Fault, error) {
		return fit(ctx, v, name, func(s stored[manifestPart]) string {
			if s.sum[:16] != m[1] {
				return otherContent
			}
			return ""
		})
	}
}
