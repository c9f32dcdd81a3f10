package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// recorded keeps what is approved.
type recorded struct{ bodies []string }

func (r *recorded) Accept(_ context.Context, body []byte) error {
	r.bodies = append(r.bodies, string(body))
	return nil
}

// The app's identity may not send approvals. Those by HTTP are recorded at once.
func TestAnApprovalByHTTPIsRecordedAndNotSent(t *testing.T) {
	var approvals recorded
	queues := apiQueues{approvals: &approvals} // without a bus: whatever is sent panics
	err := queues.Send(t.Context(), dsr.QueueApprovals, dsr.Message{Body: []byte("one")}, dsr.Message{Body: []byte("two")})
	if err != nil || len(approvals.bodies) != 2 {
		t.Errorf("%q, %v", approvals.bodies, err)
	}
}

func TestContainersAreMadeBeforeTheFirstRequestAndNotAtEach(t *testing.T) {
	made := 0
	h := &preparedAPI{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			if made == 0 {
				t.Error("the request came first")
			}
		}),
		ensure: func(context.Context) { made++ },
	}
	ask := func() { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody)) }

	ask()
	ask()
	if made != 1 {
		t.Errorf("tried %d times", made)
	}
	h.again = time.Now().Add(-time.Second)
	ask()
	if made != 2 {
		t.Errorf("tried %d times a minute later", made)
	}
}

// Whoever submits by HTTP is told at once what the worker would refuse.
func TestTheAPIHasTheWorkersRules(t *testing.T) {
	c := &config.Connections{Audit: archive.New(memory.New(), nil), Exports: archive.New(memory.New(), nil), Index: archive.New(memory.New(), nil)}
	c.Ledger = ledger.New(c.Audit, c.Exports, c.Index)
	s := config.Settings{AllowedScopes: []string{"/subscriptions/a"}}
	s.API.Token = "0123456789abcdef0123456789abcdef"
	h := newAPI(s, c, nil, time.Now, slog.New(slog.DiscardHandler))

	const body = `{"kind":"export","scope":[{"subscriptionId":"b"}]}`
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/requests?validateOnly=true", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.API.Token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.(*preparedAPI).Handler.ServeHTTP(w, r)

	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"valid":false,"errors":[{"field":"/scope/0"`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}
