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
			calls:   []string{"get", "list", "delete", "get", "list", "delete", "get"},
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
	"softly deleted": {
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
			calls: []string{"get"},
		},
		"and held": {
			typ:     workspace,
			given:   func(s *scene) { s.doc, s.kept = "", true; s.onCall["list"] = func() { s.hold(space.ID()) } },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
			calls: []string{"get", "list"},
		},
	},
}
