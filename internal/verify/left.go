package verify

import (
	"net/http"

	"azureml-dsr/internal/dsr"
)

// checkWhat checks what the plan and the manifest say of what is kept.
func (v *verifier) checkWhat(p dsr.Plan) {
	if p.What != v.manifest.What {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "what is not the plan's")
	}
	if v.request != nil && v.request.Kind == dsr.KindExport && p.What != v.request.What {
		v.fault(FaultInconsistent, v.attempt.Plan(), "what is not the request's")
	}
}

// leavesWrongly reports whether an entry says that something was looked through and left out
// which its export does not leave out, or that has left a trace.
func (c *receiptCheck) leavesWrongly(e entry) bool {
	switch {
	case e.Left == 0:
		return false
	case e.Left < 0, c.v.plan == nil, c.v.plan.What != dsr.WhatSubject:
		return true
	case e.hasDocument:
		return false
	default: // the document itself was left out
		return e.Left != 1 || e.Status != http.StatusOK || e.Error != nil || e.Content != nil || e.SubjectMatches+e.PossibleMatches > 0
	}
}
