package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"azureml-dsr/internal/operator"
)

// listBody is a page of a list, as Azure's guidelines have it.
type listBody[T any] struct {
	Value    []T    `json:"value"`
	NextLink string `json:"nextLink,omitempty"`
}

// listRequests answers with a page of requests.
func (s *server) listRequests(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	opts := operator.PageOptions{
		Kind:  query.Get("kind"),
		Due:   query.Get("due"),
		Query: query.Get("q"),
		Sort:  query.Get("sort"),
		Token: query.Get("skiptoken"),
	}

	// The Functions host joins several values of a name with commas.
	for _, states := range query["state"] {
		for state := range strings.SplitSeq(states, ",") {
			if state != "" {
				opts.States = append(opts.States, state)
			}
		}
	}

	if top := query.Get("top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 {
			return invalidInput("top", "top: want a number from 1 on")
		}
		opts.Top = n
	}

	page, err := s.Operator.Page(r.Context(), opts)
	if err != nil {
		return err
	}

	return write(w, http.StatusOK, listBody[operator.Row]{Value: page.Rows, NextLink: s.nextLink(r, query, page.Next)})
}

// nextLink returns the address of the next page, which asks for the same.
func (s *server) nextLink(r *http.Request, query url.Values, token string) string {
	if token == "" {
		return ""
	}
	next := url.Values{"skiptoken": {token}}
	for _, name := range []string{"state", "kind", "due", "q", "sort", "top"} {
		if values := query[name]; len(values) > 0 {
			next[name] = values
		}
	}
	return s.address(r, "requests?"+next.Encode())
}
