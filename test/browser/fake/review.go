package fake

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// uncertain are the places of each copy that waits for a review.
func uncertain() []operator.ReviewPlace {
	return []operator.ReviewPlace{
		{
			ID: "5f0d3a86c1b2e479", Rule: dsr.RuleMention, Proposed: dsr.VerdictRemove, Part: "1/data/ml-data-versions/part-1-000001-00000.json",
			Kind: "Versions of data", Item: "census/3", Pointer: "/properties/description", Before: "collected by ", Match: "Ada King", After: " in spring",
		},
		{
			ID: "0a1b2c3d4e5f6071", Rule: dsr.RuleNamePart, Proposed: dsr.VerdictKeep, Part: "1/data/ml-runs/part-1-000001-00000.json",
			Kind: "Training runs", Item: "run-7", Pointer: "/tags/who", Name: dsr.NameOfMember, Before: "<b>ask ", Match: "Grace", After: "</b> first",
		},
		{
			ID: "1122334455667788", Rule: dsr.RuleFile, Proposed: dsr.VerdictInclude, Part: "1/data/ml-artifacts/part-1-000001-00000.json",
			Kind: "Files that runs have written", Item: "run-7/outputs/notes.txt", Size: 4096,
		},
	}
}

// review answers what concerns the review of a copy.
func (s *Server) review(w http.ResponseWriter, r *http.Request, route string, q *Request) {
	switch route {
	case "GET requests/id/review":
		s.listPlaces(w, r, q)
	case "POST requests/id/review":
		var body struct {
			Verdict dsr.Verdict
			Rule    dsr.ReviewRule
			Places  []string
		}
		_ = json.NewDecoder(r.Body).Decode(&body) // what the page sends is JSON
		if q.Decided == nil {
			q.Decided = map[string]dsr.Verdict{}
		}
		for _, p := range uncertain() {
			if p.Rule == body.Rule || slices.Contains(body.Places, p.ID) {
				q.Decided[p.ID] = body.Verdict
			}
		}
		write(w, http.StatusOK, q.reviewed())
	case "POST requests/id/review/release":
		q.Copy.State, q.Copy.Decided = operator.CopyMaking, int64(len(q.Decided))
		q.Copy.ReleasedBy, q.Copy.ReleasedAt = q.Copy.AskedBy, operator.Moment{Time: time.Now()}
		write(w, http.StatusAccepted, q.copyBody())
	default:
		fail(w, http.StatusNotFound, "NotFound", "there is nothing here")
	}
}

func (s *Server) listPlaces(w http.ResponseWriter, r *http.Request, q *Request) {
	query := r.URL.Query()
	places := []operator.ReviewPlace{}
	for _, p := range uncertain() {
		p.Decided = q.Decided[p.ID]
		if (query.Get("rule") == "" || query.Get("rule") == string(p.Rule)) && (query.Get("open") == "" || p.Decided == "") {
			places = append(places, p)
		}
	}
	write(w, http.StatusOK, struct {
		operator.Review
		Value []operator.ReviewPlace `json:"value"`
	}{q.reviewed(), places})
}

// reviewed is how the review of a request's copy stands.
func (q *Request) reviewed() operator.Review {
	out := operator.Review{
		ID:         q.Row.ID,
		State:      q.Copy.State,
		Number:     q.Copy.Number,
		Review:     q.Copy.Review,
		AskedBy:    q.Copy.AskedBy,
		ReleasedAt: q.Copy.ReleasedAt,
		ReleasedBy: q.Copy.ReleasedBy,
		Places:     int64(len(uncertain())),
		Rules:      []operator.ReviewRule{},
		Decisions:  len(q.Decided),
	}
	for _, p := range uncertain() {
		out.Rules = append(out.Rules, operator.ReviewRule{
			Rule:     p.Rule,
			What:     operator.ReviewRuleWords(p.Rule),
			Places:   1,
			Proposed: p.Proposed,
			Decided:  q.Decided[p.ID],
		})
	}
	return out
}
