package api

import (
	"net/http"
	"strings"

	"azureml-dsr/internal/senders"
)

// foreign returns the routes of other senders' forms. They pass the same checks as any
// other: who calls, how often, what they may do, and where they come from.
func foreign(forms []senders.Route) []route {
	roles := map[senders.Need]role{
		senders.NeedsNothing:  anybody,
		senders.NeedsReading:  RoleRead,
		senders.NeedsOrdering: RoleOperate,
	}

	var out []route
	for _, f := range forms {
		out = append(out, route{
			id:     f.ID,
			method: f.Method,
			path:   f.Path,
			role:   roles[f.Needs],
			limit:  maxRequest,
			media:  f.Media,
			handle: func(s *server, w http.ResponseWriter, r *http.Request) error { return s.answerForm(w, r, f) },
		})
	}
	return out
}

// answerForm has a form's own handler answer, in whose words errors are told too.
func (s *server) answerForm(w http.ResponseWriter, r *http.Request, form senders.Route) error {
	p := caller(r)
	call := senders.Call{Base: strings.TrimSuffix(s.address(r, ""), "/")}
	if p.ObjectID != "" {
		call.Controller, call.Name = p.ObjectID, p.String()
	}

	noted := &notedStatus{ResponseWriter: w, status: http.StatusOK}
	form.Handler.ServeHTTP(noted, r.WithContext(senders.WithCall(r.Context(), call)))
	if noted.status >= http.StatusBadRequest {
		s.Logger.WarnContext(r.Context(), "refused what another sender has sent", "operation", form.ID, "by", p.ObjectID, "status", noted.status)
	}

	return nil
}

// notedStatus notes the status of an answer.
type notedStatus struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (n *notedStatus) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}
