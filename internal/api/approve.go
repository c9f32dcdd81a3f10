package api

import (
	"net/http"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// approveBody approves a deletion plan. Whoever approves names what they have seen.
type approveBody struct {
	Reason string `json:"reason"` // taken, and not recorded
	// PlanSHA256 is that of the plan that was seen, as getPlan answers it.
	PlanSHA256 string `json:"planSha256"`
	// Confirm is another way to name it: the targets whose things are deleted, all of them.
	// Where both are given both must be right.
	Confirm []string `json:"confirm"`
	// AcknowledgeOthers must be true where things of others are deleted too.
	AcknowledgeOthers bool `json:"acknowledgeOthers"`
}

// approveRequest approves the deletion plan of a request. Who approves is who has signed in,
// and must be another one than who asked.
func (s *server) approveRequest(w http.ResponseWriter, r *http.Request) error {
	id, body, err := orderOf[approveBody](r)
	if err != nil {
		return err
	}
	planned, err := s.Operator.PlannedDeletion(r.Context(), id)
	if err != nil {
		return err
	}
	if err := hasSeen(body, planned); err != nil {
		return err
	}

	by := caller(r).String()
	if dsr.SamePerson(by, planned.SubmittedBy) {
		return &problem{
			Status: http.StatusForbidden,
			Code:   "SecondPersonRequired",
			Detail: "you have submitted this request yourself: another person must approve it",
		}
	}
	order := operator.ApprovalOrder{ID: id, By: by, PlanSHA256: planned.PlanSHA256}
	if err := s.Operator.Approve(r.Context(), order); err != nil {
		return err
	}

	return s.answerOrdered(w, r, id)
}

// hasSeen returns what an approver has not shown to have seen of a plan.
func hasSeen(body approveBody, planned operator.PlannedDeletion) error {
	var others int64
	var targets []string
	for _, stage := range planned.Plan.Stages {
		targets = append(targets, stage.Target)
		others += stage.Others
	}
	slices.Sort(targets)
	targets = slices.Compact(targets)

	switch {
	case body.PlanSHA256 == "" && len(body.Confirm) == 0:
		return invalidInput("planSha256", "planSha256 is missing: name the plan that you have seen, or confirm its targets")
	case body.PlanSHA256 != "" && !strings.EqualFold(body.PlanSHA256, planned.PlanSHA256):
		return &problem{Status: http.StatusConflict, Code: "OtherPlan", Detail: "the plan that you have seen is not that of the request any more; look at it again"}
	case len(body.Confirm) > 0 && !slices.Equal(slices.Compact(slices.Sorted(slices.Values(body.Confirm))), targets):
		return invalidInput("confirm", "confirm: want exactly the targets of the plan's stages")
	case others > 0 && !body.AcknowledgeOthers:
		return invalidInput("acknowledgeOthers", "acknowledgeOthers: the plan deletes what belongs to others too; set it to true if you have seen that")
	}

	return nil
}

// refuseRequest refuses the deletion plan of a request, which is then canceled.
func (s *server) refuseRequest(w http.ResponseWriter, r *http.Request) error {
	id, body, err := orderOf[reasonBody](r)
	if err != nil {
		return err
	}

	order := operator.RefusalOrder{ID: id, By: caller(r).String(), Reason: body.Reason}
	if _, err := s.Operator.Refuse(r.Context(), order); err != nil {
		return err
	}

	return s.answerOrdered(w, r, id)
}
