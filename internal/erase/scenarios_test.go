package erase_test

import "azureml-dsr/internal/dsr"

const (
	job       = "ml-jobs"
	run       = "ml-runs"       // deleted by the job of its name
	workspace = "ml-workspaces" // a container, which the service keeps for a time
)

// Calls that prove that a thing is gone: it stays so, and what it was in can be read.
var (
	jobGone   = []string{"get", "get parent"}
	jobGoes   = append([]string{"get", "delete"}, jobGone...)
	spaceGoes = []string{"get", "list", "get", "delete", "get"}
)

// scenariosBefore are by what is looked at before a DELETE.
var scenariosBefore = map[string]map[string]scenario{
	"decided": {
		"nothing is in the way of a job":       {typ: job, outcome: dsr.OutcomeDeleted, calls: jobGoes},
		"nothing is in the way of a workspace": {typ: workspace, outcome: dsr.OutcomeDeleted, calls: spaceGoes},
		"canceled": {
			typ:     job,
			given:   func(s *scene) { s.cancel() },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonCanceled,
		},
		"not approved": {
			typ:     job,
			given:   func(s *scene) { s.approved = "" },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonNotApproved,
		},
		"another plan is approved": {
			typ:     job,
			given:   func(s *scene) { s.approved = "another" },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonNotApproved,
		},
		"what comes before failed": {
			typ:     workspace,
			given:   func(s *scene) { s.failBefore() },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonDependencyFailed,
		},
		"another was decided no": {
			typ:     job,
			given:   func(s *scene) { s.decide(dsr.No, dsr.ReasonHeld) },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
		},
		"it was decided go, and canceled since": {
			typ:     job,
			given:   func(s *scene) { s.decide(dsr.Go, ""); s.cancel() },
			outcome: dsr.OutcomeDeleted,
			calls:   jobGoes,
		},
	},
	"held": {
		"itself": {
			typ:     job,
			given:   func(s *scene) { s.hold("thing") },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
		},
		"itself, in other letters": {
			typ:     job,
			given:   func(s *scene) { s.hold("THING") },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
		},
		"what it is in": {
			typ:     job,
			given:   func(s *scene) { s.hold(space.ID()) },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
		},
		"by the request": {
			typ:     job,
			given:   func(s *scene) { s.request.Hold = []string{"thing"} },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
		},
		"a document in it": {
			typ:     workspace,
			given:   func(s *scene) { s.hold("read-before") },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
		},
		"a document elsewhere": {
			typ:     workspace,
			given:   func(s *scene) { s.hold("somewhere-else") },
			outcome: dsr.OutcomeDeleted,
			calls:   spaceGoes,
		},
		"no longer": {
			typ:     job,
			given:   func(s *scene) { s.hold("thing"); s.release() },
			outcome: dsr.OutcomeDeleted,
			calls:   jobGoes,
		},
		"since it was decided": {
			typ:     job,
			given:   func(s *scene) { s.decide(dsr.Go, ""); s.hold("thing") },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
			calls: []string{"get"},
		},
		"while its lists are walked": {
			typ:     workspace,
			given:   func(s *scene) { s.onCall["list"] = func() { s.hold(space.ID()) } },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
			calls: []string{"get", "list"},
		},
		"while it is stopped": {
			typ:     job,
			given:   func(s *scene) { s.runs(); s.onCall["stop"] = func() { s.ends(); s.hold("thing") } },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
			calls: []string{"get", "stop", "get"},
		},
		"maybe: not all pages are passed": {
			typ:   workspace,
			given: func(s *scene) { s.hold("somewhere-else"); s.cutShort() },
			class: dsr.Unfinished,
		},
		"in the part of the pages that is passed": {
			typ:     workspace,
			given:   func(s *scene) { s.hold("read-before"); s.cutShort() },
			outcome: dsr.OutcomeHeld, reason: dsr.ReasonHeld,
		},
	},
	"changed since the plan": {
		"another of its name": {
			typ:     job,
			given:   func(s *scene) { s.doc = document("2026", "Completed") },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonNotAsPlanned,
			calls: []string{"get"},
		},
		"another of its name, after the DELETE": {
			typ:     job,
			given:   func(s *scene) { s.after = document("2026", "Completed") },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonNotAsPlanned,
			calls: []string{"get", "delete", "get"},
		},
		"another of its name, before a purge": {
			typ:     workspace,
			given:   func(s *scene) { s.doc = ""; s.onCall["list"] = func() { s.doc = document("2026", "") } },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonNotAsPlanned,
			calls: []string{"get", "list", "get"},
		},
		"a plan that says no time takes any": {
			typ:     job,
			given:   func(s *scene) { s.plannedAt = ""; s.doc = document("2026", "Completed") },
			outcome: dsr.OutcomeDeleted,
			calls:   jobGoes,
		},
	},
	"grown": {
		"by a job": {
			typ:     workspace,
			given:   func(s *scene) { s.listed = []string{"read-before", "new"} },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonGrownSincePlan,
			calls: []string{"get", "list"},
		},
		"by nothing": {
			typ:     workspace,
			given:   func(s *scene) { s.listed = []string{"read-before"} },
			outcome: dsr.OutcomeDeleted,
			calls:   spaceGoes,
		},
		"before a purge": {
			typ:     workspace,
			given:   func(s *scene) { s.doc, s.listed = "", []string{"new"} },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonGrownSincePlan,
			calls: []string{"get", "list"},
		},
	},
	"running": {
		"and stopped": {
			typ:     job,
			given:   func(s *scene) { s.runs(); s.onCall["stop"] = s.ends },
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "stop", "get", "delete", "get", "get parent"},
		},
		"and on": {
			typ:   job,
			given: func(s *scene) { s.runs() },
			class: dsr.Transient, reason: dsr.ReasonConflict,
			calls: []string{"get", "stop", "get"},
		},
		"and refuses to be stopped": {
			typ:   job,
			given: func(s *scene) { s.runs(); s.unstoppable = forbidden() },
			class: dsr.Transient, reason: dsr.ReasonConflict,
			calls: []string{"get", "stop", "get"},
		},
		"and ended by itself as it was to be stopped": {
			typ:     job,
			given:   func(s *scene) { s.runs(); s.unstoppable = forbidden(); s.onCall["stop"] = s.ends },
			outcome: dsr.OutcomeDeleted,
			calls:   []string{"get", "stop", "get", "delete", "get", "get parent"},
		},
		"and gone as it was stopped": {
			typ:     job,
			given:   func(s *scene) { s.runs(); s.onCall["stop"] = func() { s.doc = "" } },
			outcome: dsr.OutcomeAlreadyGone,
			calls:   []string{"get", "stop", "get", "get parent"},
		},
		"and another of its name begins as it is stopped": {
			typ:     job,
			given:   func(s *scene) { s.runs(); s.onCall["stop"] = func() { s.doc = document("2026", "Running") } },
			outcome: dsr.OutcomeFailed, reason: dsr.ReasonNotAsPlanned,
			calls: []string{"get", "stop", "get"},
		},
	},
}
