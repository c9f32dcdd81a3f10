package fake

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// personCopy answers what concerns the copy for the person. It is made by the second time that
// somebody asks how it stands.
func (s *Server) personCopy(w http.ResponseWriter, r *http.Request, q *Request) {
	now := operator.Moment{Time: time.Now()}
	switch {
	case r.Method == http.MethodPost:
		var body struct {
			Partial, Review bool
			Contact         string
		}
		_ = json.NewDecoder(r.Body).Decode(&body) // what the page sends is JSON
		if q.Row.State != "succeeded" && !body.Partial {
			fail(w, http.StatusConflict, "NotCopyable", "the copy would lack what could not be read")
			return
		}
		q.Copy = operator.Copy{
			ID:      q.Row.ID,
			State:   operator.CopyMaking,
			Number:  q.Copy.Number + 1,
			Attempt: 1,
			Partial: body.Partial,
			AskedBy: "[oid " + s.person.ObjectID + ", tid " + s.person.TenantID + "]",
			AskedAt: now,
		}
		if body.Review {
			q.Copy.State, q.Copy.Review, q.Copy.Uncertain = operator.CopyReviewing, dsr.ReviewRequired, int64(len(uncertain()))
		}
		write(w, http.StatusAccepted, q.copyBody())

	case r.Method == http.MethodDelete:
		var body struct{ Reason string }
		_ = json.NewDecoder(r.Body).Decode(&body) // likewise
		q.Copy.State, q.Copy.Reason, q.Copy.EndedAt, q.Copy.EndedBy = operator.CopyRevoked, body.Reason, now, q.Copy.AskedBy
		write(w, http.StatusOK, q.copyBody())

	case r.URL.Query().Has("download"):
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Disposition", `attachment; filename="`+q.Row.ID+`.zip"`)
		_, _ = w.Write([]byte("PK")) // fails only when the browser has gone

	default:
		write(w, http.StatusOK, q.copyBody())
		if q.Copy.State == operator.CopyMaking {
			q.Copy.State, q.Copy.MadeAt, q.Copy.Until = operator.CopyReady, now, operator.Moment{Time: now.AddDate(0, 0, 7)}
			q.Copy.Documents, q.Copy.Searched, q.Copy.People, q.Copy.Bytes, q.Copy.SHA256 = 12, 446, 4, 48_211, strings.Repeat("9b2f41c0", 8)
		}
	}
}

func (q *Request) copyBody() any {
	c := q.Copy
	if c.State == "" {
		c = operator.Copy{ID: q.Row.ID, State: operator.CopyNone}
	}
	return struct {
		operator.Copy
		Links map[string]string `json:"links"`
	}{c, map[string]string{}}
}
