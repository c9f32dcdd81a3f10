package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// bearer is the policy of a client that has the local token.
type bearer struct{}

func (bearer) Do(r *policy.Request) (*http.Response, error) {
	r.Raw().Header.Set("Authorization", "Bearer "+token)
	return r.Next()
}

// TestThePollerOfAzureEndsOnEachOutcome submits a request over loopback, and follows it with
// azcore's own poller while the worker's records come.
func TestThePollerOfAzureEndsOnEachOutcome(t *testing.T) {
	for name, tt := range map[string]struct {
		then  func(*operatortest.Stored)
		state string
		code  string
	}{
		"succeeded": {func(s *operatortest.Stored) {
			s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
			s.Work(s.Task(2, 0), "E03", "one")
			s.CloseAttempt()
		}, "succeeded", ""},
		"partiallyFailed": {func(s *operatortest.Stored) {
			s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
			s.Fail(s.Task(2, 0))
			s.CloseAttempt()
		}, "", "PartiallyFailed"},
		"failed": {func(s *operatortest.Stored) {
			s.Fail(s.Task(1, 0))
			s.Fail(s.Task(2, 0))
			s.CloseAttempt()
		}, "", "Failed"},
		"canceled": {func(s *operatortest.Stored) {
			o, _ := s.Operator(operatortest.Time)
			_, err := o.Cancel(t.Context(), operator.CancelOrder{ID: "req-1"})
			s.Must(err)
			s.CloseCanceled()
		}, "", "Canceled"},
		"refused": {func(s *operatortest.Stored) {
			o, _ := s.Operator(operatortest.Time)
			_, err := o.Refuse(t.Context(), operator.RefusalOrder{ID: "req-1", Reason: "identity not proven"})
			s.Must(err)
			s.CloseCanceled()
		}, "", "Rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			stored := operatortest.New(t)
			site := local(t, stored)
			server := httptest.NewServer(site)
			defer server.Close()
			transport := &http.Client{Transport: &http.Transport{}}
			defer transport.CloseIdleConnections()

			pipeline := runtime.NewPipeline("test", "v1", runtime.PipelineOptions{PerRetry: []policy.Policy{bearer{}}}, &policy.ClientOptions{
				Transport: transport,
				Retry:     policy.RetryOptions{MaxRetries: -1},
			})
			request, err := runtime.NewRequest(t.Context(), http.MethodPost, server.URL+"/api/requests")
			stored.Must(err)
			stored.Must(request.SetBody(nopCloser{strings.NewReader(exportRequest)}, "application/json"))
			response, err := pipeline.Do(request)
			stored.Must(err)

			type status struct{ ID, State string }
			poller, err := runtime.NewPoller[status](response, pipeline, nil)
			stored.Must(err)

			step := func(done bool) {
				t.Helper()
				if _, err := poller.Poll(t.Context()); err != nil || poller.Done() != done {
					t.Fatalf("done %t, want %t: %v", poller.Done(), done, err)
				}
			}
			site.queues.Waits = site.queues.Messages
			step(false)
			stored.Open()
			step(false)
			stored.MakePlan()
			stored.List(stored.Task(1, 0), operatortest.AccountID)
			stored.List(stored.Task(2, 0), "one")
			step(false)
			tt.then(stored)
			step(true)

			got, err := poller.Result(t.Context())
			var failed *azcore.ResponseError
			switch {
			case tt.code == "" && (err != nil || got.State != tt.state || got.ID != "req-1"):
				t.Errorf("ended with %+v, %v", got, err)
			case tt.code != "" && (!errors.As(err, &failed) || (failed.ErrorCode != tt.code && tt.code != "Canceled")):
				t.Errorf("ended with %v, want %s", err, tt.code)
			}
		})
	}
}

// nopCloser is the body of a request that can be sent again.
type nopCloser struct{ *strings.Reader }

func (nopCloser) Close() error { return nil }
