package erase_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// called notes a call, and runs what onCall has for it.
func (s *scene) called(what string) {
	s.calls = append(s.calls, what)
	s.happens(what)
}

func (s *scene) happens(what string) {
	if f := s.onCall[what]; f != nil {
		delete(s.onCall, what)
		f()
	}
}

// next runs one step on each of the next calls.
func (s *scene) next(call string, steps ...func()) {
	if len(steps) == 0 {
		return
	}
	s.onCall[call] = func() {
		steps[0]()
		s.next(call, steps[1:]...)
	}
}

// hooked is a store in which something may happen right before a decision is recorded.
type hooked struct {
	archive.Backend
	scene *scene
}

func (h *hooked) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	if strings.Contains(name, "/decisions/") {
		h.scene.happens("decide")
	}
	return h.Backend.Put(ctx, name, body, meta)
}

// Get implements erase.Upstream.
func (s *scene) Get(_ context.Context, call azureml.Call) (*azureml.Answer, error) {
	body, err := "{}", error(nil)
	switch {
	case call.Operation.Shape == azureml.List:
		s.called("list")
		body, err = s.list(call.Operation)
	case call.Item == s.item || s.item == space.ID():
		s.called("get")
		if body, err = s.doc, s.refused; err == nil && (body == "" || s.unseen > 0) {
			err = notThere()
		}
		s.unseen = max(s.unseen-1, 0)

	default:
		if s.called("get parent"); s.noParent {
			err = forbidden()
		} else if s.parentGone {
			err = notThere()
		}
	}
	if err != nil {
		return nil, err
	}

	return &azureml.Answer{Status: http.StatusOK, ETag: s.etag, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func (s *scene) list(row azureml.Operation) (string, error) {
	names := make([]string, 0, len(s.listed))
	if row.Type == job {
		for _, name := range s.listed {
			names = append(names, fmt.Sprintf(`{"name": %q}`, name))
		}
	}
	listed := "[" + strings.Join(names, ",") + "]"
	return `{"value": ` + listed + `, "data": ` + listed + `}`, s.unlisted
}

// DeletionURL implements erase.Upstream.
func (s *scene) DeletionURL(call azureml.Call) (string, error) {
	return "https://arm.example/" + call.Item, nil
}

// Stop implements erase.Upstream.
func (s *scene) Stop(context.Context, azureml.Call) (azureml.Deleted, error) {
	s.called("stop")
	return azureml.Deleted{Status: http.StatusAccepted}, s.unstoppable
}

// Delete implements erase.Upstream.
func (s *scene) Delete(_ context.Context, call azureml.Call) (azureml.Deleted, error) {
	s.called("delete")
	there := s.doc != "" || s.kept
	switch {
	case s.undeletable != nil:
		return azureml.Deleted{}, s.undeletable
	case call.IfMatch != "" && call.IfMatch != cmp.Or(s.knows, s.etag):
		return azureml.Deleted{}, &dsr.Error{Class: dsr.Transient, Reason: dsr.ReasonConflict, Status: http.StatusPreconditionFailed}
	case !there:
		return azureml.Deleted{Status: http.StatusNotFound, RequestID: "not found", At: time.Now()}, nil
	}

	if s.comesBack {
		s.after, s.unseen = s.doc, 1
	}

	s.doc, s.kept = s.after, false

	deleted := azureml.Deleted{Status: http.StatusOK, RequestID: "ours", At: time.Now()}
	if s.endless {
		deleted.Token = "operation"
	}

	return deleted, nil
}

// Await implements erase.Upstream.
func (s *scene) Await(context.Context, azureml.Call, string) (bool, string, error) {
	s.called("await")
	switch {
	case s.overdue:
		return false, "", dsr.Errorf(dsr.Transient, dsr.ReasonUnconfirmed, "it still runs")
	case s.endless:
		return false, "operation", nil
	}
	return true, "", nil
}
