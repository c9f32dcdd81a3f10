package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
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
