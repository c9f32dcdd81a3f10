package api

import (
	"net/http"
	"net/url"
	"strconv"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

const (
	// reviewTop is how many uncertain places a page has unless the caller says otherwise,
	// and maxReviewTop how many at most.
	reviewTop    = 50
	maxReviewTop = 200
)

// reviewPage is what is uncertain in a copy.
type reviewPage struct {
	operator.Review
	listBody[operator.ReviewPlace]
}

// getReview answers with what is uncertain in the copy for the person. What stands in the
// documents is shown to those alone who may decide, because it is others', too.
func (s *server) getReview(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	wanted := operator.ReviewQuery{
		ID:     id,
		Rule:   dsr.ReviewRule(query.Get("rule")),
		Open:   isTrue(query.Get("open")),
		Top:    reviewTop,
		Values: caller(r).has(RoleApprove),
	}
	if top := query.Get("top"); top != "" {
		if wanted.Top, err = strconv.Atoi(top); err != nil || wanted.Top < 1 || wanted.Top > maxReviewTop {
			return invalidInput("top", "top: want a number from 1 to 200")
		}
	}
	if token := query.Get("skiptoken"); token != "" {
		if wanted.From, err = strconv.ParseInt(token, 10, 64); err != nil || wanted.From < 1 {
			return invalidInput("skiptoken", "skiptoken: want that of a nextLink")
		}
	}

	review, err := s.Operator.Review(r.Context(), id)
	if err != nil {
		return err
	}
	places, next, err := s.Operator.ReviewPlaces(r.Context(), wanted)
	if err != nil {
		return err
	}
	page := reviewPage{review, listBody[operator.ReviewPlace]{Value: places}}
	if next > 0 {
		page.NextLink = s.nextPlaces(r, id, query, next)
	}

	return write(w, http.StatusOK, page)
}

// nextPlaces returns the address of the next page, which asks for the same.
func (s *server) nextPlaces(r *http.Request, id string, query url.Values, from int64) string {
	next := url.Values{"skiptoken": {strconv.FormatInt(from, 10)}}
	for _, name := range []string{"rule", "open", "top"} {
		if values := query[name]; len(values) > 0 {
			next[name] = values
		}
	}
	return s.address(r, "requests/"+id+"/review?"+next.Encode())
}

// decisionBody decides about uncertain places.
type decisionBody struct {
	Verdict dsr.Verdict    `json:"verdict"`
	Rule    dsr.ReviewRule `json:"rule"`
	Places  []string       `json:"places"`
}

// decideReview records a decision about uncertain places.
func (s *server) decideReview(w http.ResponseWriter, r *http.Request) error {
	id, body, err := orderOf[decisionBody](r)
	if err != nil {
		return err
	}
	review, err := s.Operator.Decide(r.Context(), operator.DecisionOrder{
		ID:      id,
		Verdict: body.Verdict,
		Places:  body.Places,
		Rule:    body.Rule,
		By:      asker(r),
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, review)
}

// releaseReview records that the caller has looked at the copy, and has it made.
func (s *server) releaseReview(w http.ResponseWriter, r *http.Request) error {
	id, _, err := orderOf[struct{}](r)
	if err != nil {
		return err
	}
	c, err := s.Operator.ReleaseCopy(r.Context(), operator.CopyReleaseOrder{ID: id, By: asker(r)})
	if err != nil {
		return err
	}

	w.Header().Set("Location", s.address(r, "requests/"+id+"/copy"))

	return s.answerCopy(w, r, http.StatusAccepted, c)
}
