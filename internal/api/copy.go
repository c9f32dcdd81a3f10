package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// maxCopy bounds a copy that is sent by HTTP: the Functions host passes no longer answer on.
const maxCopy = 90 << 20

// copyBody says how the copy for the person stands.
type copyBody struct {
	operator.Copy
	Links map[string]string `json:"links"`
}

// getCopy answers with how the copy for the person stands or, with ?download, with the copy.
func (s *server) getCopy(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	if query.Has("download") && (query.Get("download") == "" || isTrue(query.Get("download"))) {
		return s.sendCopy(w, r, id)
	}

	c, err := s.Operator.Copy(r.Context(), id)
	if err != nil {
		return err
	}
	return s.answerCopy(w, r, http.StatusOK, c)
}

// answerCopy answers with how a copy stands.
func (s *server) answerCopy(w http.ResponseWriter, r *http.Request, status int, c operator.Copy) error {
	links := map[string]string{}
	switch c.State {
	case operator.CopyReady:
		links["download"] = s.address(r, "requests/"+c.ID+"/copy?download")
	case operator.CopyReviewing:
		links["review"] = s.address(r, "requests/"+c.ID+"/review")
	case operator.CopyMaking:
		w.Header().Set("Retry-After", seconds(pollAfter))
	}
	return write(w, status, copyBody{Copy: c, Links: links})
}

// sendCopy answers with the copy itself, and logs who got it.
func (s *server) sendCopy(w http.ResponseWriter, r *http.Request, id string) error {
	body, c, err := s.Operator.OpenCopy(r.Context(), id)
	if c.Ended() && operator.KindOf(err) == operator.Refused {
		return &problem{Status: http.StatusGone, Code: "CopyEnded", Detail: err.Error()}
	}
	if err != nil {
		return err
	}
	defer body.Close()
	if c.Bytes > maxCopy {
		return &problem{
			Status: http.StatusConflict,
			Code:   "CopyTooLong",
			Detail: "the copy is too long for HTTP; fetch " + id + "/copy/" + id + ".zip from the exports container, or make it with `dsr copy " + id + " --out FILE`",
		}
	}

	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Length", strconv.FormatInt(c.Bytes, 10))
	w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.zip"`)
	w.Header().Set("ETag", strconv.Quote(c.SHA256))
	w.WriteHeader(http.StatusOK)
	sent, err := io.Copy(w, body)
	whole := err == nil && sent == c.Bytes
	s.Logger.InfoContext(r.Context(), "a copy for the person was fetched", "requestId", id, "copy", c.Number, "by", caller(r).ObjectID, "bytes", sent, "whole", whole)
	if !whole {
		panic(http.ErrAbortHandler) // the caller must not take a part for the whole
	}

	return nil
}

// copyOrderBody orders a copy.
type copyOrderBody struct {
	Partial bool   `json:"partial"`
	Contact string `json:"contact"`
	Review  bool   `json:"review"`
	// Policy leaves choices open that are the installation's.
	Policy dsr.CopyPolicy `json:"policy"`
}

// orderCopy orders a copy for the person. Whoever may not decide in a review may not order what
// the installation leaves out either.
func (s *server) orderCopy(w http.ResponseWriter, r *http.Request) error {
	id, body, err := orderOf[copyOrderBody](r)
	if err != nil {
		return err
	}
	if s.Operator.Widens(body.Policy) {
		if err := mayCall(caller(r), RoleApprove); err != nil {
			return err
		}
	}

	c, err := s.Operator.OrderCopy(r.Context(), operator.CopyOrder{
		ID:      id,
		Partial: body.Partial,
		Contact: body.Contact,
		Review:  body.Review,
		Policy:  body.Policy,
		By:      asker(r),
	})
	if err != nil {
		return err
	}

	w.Header().Set("Location", s.address(r, "requests/"+id+"/copy"))

	return s.answerCopy(w, r, http.StatusAccepted, c)
}

// revokeCopy withdraws the copy for the person. The reason comes in the body, or, for clients
// whose DELETE has none, in the query.
func (s *server) revokeCopy(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	body := reasonBody{Reason: r.URL.Query().Get("reason")}
	if err := decode(r, &body); err != nil {
		return err
	}

	c, err := s.Operator.RevokeCopy(r.Context(), operator.RevokeOrder{ID: id, Reason: body.Reason, By: asker(r)})
	if err != nil {
		return err
	}

	return s.answerCopy(w, r, http.StatusOK, c)
}

// asker names the caller by ids alone, as the records of a copy do.
func asker(r *http.Request) string {
	p := caller(r).SignedIn
	p.Name = ""
	return strings.TrimSpace(p.String())
}
