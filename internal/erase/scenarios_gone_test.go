package erase_test

import "azureml-dsr/internal/dsr"

// scenariosGone are of things that are gone, or can't be seen: by what shows whose DELETE
// it was.
var scenariosGone = map[string]map[string]scenario{
	"gone": {
		"before": {
			typ:     job,
			given:   func(s *scene) { s.doc = "" },
			outcome: dsr.OutcomeAlreadyGone,
			calls:   jobGone,
		},
		"as it is deleted": {
			typ:     job,
			given:   func(s *scene) { s.onCall["delete"] = func() { s.doc = "" } },
			outcome: dsr.OutcomeAlreadyGone,
			calls:   jobGoes,
		},
		"by an earlier delivery, whose answer is recorded": {
			typ:     job,
			given:   func(s *scene) { s.decide(dsr.Go, ""); s.answered(); s.doc = "" },
			outcome: dsr.OutcomeDeleted,
			calls:   jobGone,
		},
		"but what it was in can't be read": {
			typ:   job,
			given: func(s *scene) { s.doc, s.noParent = "", true },
			class: dsr.Transient, reason: dsr.ReasonUnconfirmed,
			calls: []string{"get", "get parent"},
		},
		"by us, back, and gone by somebody else before it is deleted again": {
			typ:     job,
			given:   func(s *scene) { s.comesBack = true; s.next("delete", s.stays, s.vanishes) },
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "delete", "get", "delete", "get", "get parent"},
		},
		"by us, back twice, and gone by somebody else both times": {
			typ: workspace,
			given: func(s *scene) {
				s.comesBack = true
				s.next("delete", s.stays, func() { s.vanishes(); s.next("get", s.stays, s.returns, s.vanishes) })
			},
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "list", "get", "delete", "get", "list", "get", "delete", "get"},
		},
		"by an earlier delivery, back, and gone by somebody else before it is deleted again": {
			typ:     run,
			given:   func(s *scene) { s.decide(dsr.Go, ""); s.answered(); s.onCall["delete"] = s.vanishes },
			outcome: dsr.OutcomeDeleted,
			calls:   jobGoes,
		},
		"by another delivery at the same time": {
			typ:     run,
			given:   func(s *scene) { s.onCall["delete"] = func() { s.answered(); s.vanishes() } },
			outcome: dsr.OutcomeDeleted,
			calls:   jobGoes,
		},
		"by a delivery that decides at the same time, whose answer was lost": {
			typ:     job,
			given:   func(s *scene) { s.onCall["decide"] = func() { s.decide(dsr.Go, ""); s.vanishes() } },
			outcome: dsr.OutcomeDeleted, lost: true,
			calls: jobGone,
		},
		"by the DELETE of a delivery whose answer was lost": {
			typ:     job,
			given:   func(s *scene) { s.decide(dsr.Go, ""); s.vanishes() },
			outcome: dsr.OutcomeDeleted, lost: true,
			calls: jobGone,
		},
		"with what it hangs on, where a delivery may have sent its DELETE": {
			typ:     run,
			given:   func(s *scene) { s.decide(dsr.Go, ""); s.vanishes() },
			outcome: dsr.OutcomeAlreadyGone,
			calls:   jobGone,
		},
		"and comes back each time": {
			typ:   job,
			given: func(s *scene) { s.comesBack = true },
			class: dsr.Transient, reason: dsr.ReasonUnconfirmed,
			calls: []string{"get", "delete", "get", "delete", "get", "delete", "get"},
		},
	},
	"locked out": {
		"before": {
			typ:     job,
			given:   func(s *scene) { s.refused = forbidden() },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonForbidden,
			calls: []string{"get"},
		},
		"of the DELETE": {
			typ:     job,
			given:   func(s *scene) { s.undeletable = forbidden() },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonForbidden,
			calls: []string{"get", "delete"},
		},
		"after the DELETE": {
			typ:   job,
			given: func(s *scene) { s.onCall["delete"] = func() { s.refused = forbidden() } },
			class: dsr.Transient, reason: dsr.ReasonUnconfirmed,
			calls: []string{"get", "delete", "get"},
		},
		"after a DELETE that may have been sent": {
			typ:   job,
			given: func(s *scene) { s.decide(dsr.Go, ""); s.refused = forbidden() },
			class: dsr.Transient, reason: dsr.ReasonUnconfirmed,
			calls: []string{"get"},
		},
		"of the lists": {
			typ:     workspace,
			given:   func(s *scene) { s.unlisted = forbidden() },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonForbidden,
			calls: []string{"get", "list"},
		},
		"for now": {
			typ:   job,
			given: func(s *scene) { s.refused = dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "later") },
			class: dsr.Throttled, reason: dsr.ReasonThrottled,
			calls: []string{"get"},
		},
	},
	"at the last look": {
		"gone": {
			typ:     workspace,
			given:   func(s *scene) { s.onCall["list"] = s.vanishes; s.kept = true },
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "list", "get", "list", "get", "delete", "get"},
		},
		"another of its name": {
			typ:     workspace,
			given:   func(s *scene) { s.onCall["list"] = func() { s.doc = document("2026", "Completed") } },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonNotAsPlanned,
			calls: []string{"get", "list", "get"},
		},
	},
	"of a version": {
		"that is still there": {
			typ:     job,
			given:   func(s *scene) { s.etag = `"1"` },
			outcome: dsr.OutcomeDeleted,
			calls:   jobGoes,
		},
		"that has changed since the last look": {
			typ:     job,
			given:   func(s *scene) { s.etag = `"1"`; s.onCall["delete"] = func() { s.etag = `"2"` } },
			outcome: dsr.OutcomeDeleted,
			calls:   append([]string{"get", "delete"}, jobGoes...),
		},
		"that has changed into another thing": {
			typ: job,
			given: func(s *scene) {
				s.etag = `"1"`
				s.onCall["delete"] = func() { s.etag, s.doc = `"2"`, document("2026", "Completed") }
			},
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonNotAsPlanned,
			calls: []string{"get", "delete", "get"},
		},
		"that is gone since the last look": {
			typ: job,
			given: func(s *scene) {
				s.etag = `"1"`
				s.onCall["delete"] = func() { s.etag = `"2"`; s.onCall["get"] = s.vanishes }
			},
			outcome: dsr.OutcomeAlreadyGone,
			calls:   append([]string{"get", "delete"}, jobGone...),
		},
		"that the service shows and does not know": {
			typ:     job,
			given:   func(s *scene) { s.etag, s.knows = `"1"`, `"other"` },
			outcome: dsr.OutcomeDeleted,
			calls:   append([]string{"get", "delete"}, jobGoes...),
		},
	},
	"under way": {
		"for ever, and there": {
			typ:   job,
			given: func(s *scene) { s.endless = true; s.after = s.doc },
			class: dsr.Unfinished,
			calls: []string{"get", "delete", "await", "get"},
		},
		"for ever, and gone": {
			typ:     job,
			given:   func(s *scene) { s.endless = true },
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "delete", "await", "get", "get parent"},
		},
		"for ever, and gone as what the service keeps": {
			typ:   workspace,
			given: func(s *scene) { s.endless = true },
			class: dsr.Unfinished,
			calls: []string{"get", "list", "get", "delete", "await"},
		},
		"for longer than the service says, and there": {
			typ:   job,
			given: func(s *scene) { s.endless, s.overdue = true, true; s.after = s.doc },
			class: dsr.Transient, reason: dsr.ReasonUnconfirmed,
			calls: []string{"get", "delete", "await", "get"},
		},
		"for longer than the service says, and gone": {
			typ:     job,
			given:   func(s *scene) { s.endless, s.overdue = true, true },
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "delete", "await", "get", "get parent"},
		},
	},
	"softly deleted": {
		"with the workspace, which is not planned": {
			typ:     job,
			given:   func(s *scene) { s.doc, s.parentGone = "", true },
			outcome: dsr.OutcomeSoftDeleted, reason: dsr.ReasonSoftDeleted,
			calls: []string{"get", "get parent"},
		},
		"and the service knows nothing of it": {
			typ:     workspace,
			given:   func(s *scene) { s.doc = "" },
			outcome: dsr.OutcomeSoftDeleted, reason: dsr.ReasonSoftDeleted,
			calls: []string{"get", "list", "get", "delete"},
		},
		"and purged": {
			typ:     workspace,
			given:   func(s *scene) { s.doc, s.kept = "", true },
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "list", "get", "delete", "get"},
		},
		"by a delivery whose answer was lost": {
			typ:     workspace,
			given:   func(s *scene) { s.decide(dsr.Go, ""); s.vanishes() },
			outcome: dsr.OutcomeDeleted, lost: true,
			calls: []string{"get", "list", "get", "delete", "get"},
		},
		"by somebody else, before a delivery that has decided could": {
			typ:     workspace,
			given:   func(s *scene) { s.decide(dsr.Go, ""); s.vanishes(); s.kept = true },
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "list", "get", "delete", "get"},
		},
		"and held": {
			typ:     workspace,
			given:   func(s *scene) { s.doc, s.kept = "", true; s.onCall["list"] = func() { s.hold(space.ID()) } },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
			calls: []string{"get", "list"},
		},
	},
}
