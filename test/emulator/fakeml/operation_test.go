package fakeml

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

type operationDoc struct {
	ID, Name, Status, StartTime, EndTime string
	Error                                *struct{ Code, Message string }
}

// slowly are things of each plane and provider that a DELETE can name at once.
var slowly = map[string]string{
	"a project":         testProject + armVersion,
	"a hosting account": testHosting + mmVersion,
	"a service":         hosted("service", 0),
}

func TestALongDeletionIsPolledUntilItIsDone(t *testing.T) {
	tests := []struct {
		name            string
		how             Deletion
		async, location bool
	}{
		{"by Azure-AsyncOperation", Deletion{AsyncOperation: true}, true, false},
		{"by Location", Deletion{Location: true}, false, true},
		{"by both", Deletion{AsyncOperation: true, Location: true}, true, true},
		{"by relative links", Deletion{AsyncOperation: true, Location: true, Relative: true}, true, true},
		{"without a link", Deletion{}, false, false},
	}
	for _, test := range tests {
		for thing, path := range slowly {
			t.Run(test.name+", "+thing, func(t *testing.T) {
				clock := newClock()
				test.how.Takes, test.how.RetryAfter, test.how.Status = time.Minute, "7", http.StatusNoContent
				f := startFake(t, Options{Now: clock.now, Deletion: test.how})
				g := f.delete(t, path)
				async, location := g.header.Get("Azure-AsyncOperation"), g.header.Get("Location")
				if g.status != http.StatusAccepted || len(g.body) != 0 || g.header.Get("Retry-After") != "7" || (async != "") != test.async || (location != "") != test.location {
					t.Fatalf("status %d, header %v, body %s", g.status, g.header, g.body)
				}

				for _, link := range []string{async, location} {
					if link != "" && strings.HasPrefix(link, f.url+"/") == test.how.Relative {
						t.Errorf("link %s", link)
					}
				}

				again := f.delete(t, path)
				if again.status != http.StatusAccepted || again.header.Get("Azure-AsyncOperation") != async || again.header.Get("Location") != location {
					t.Errorf("DELETE again: status %d, header %v", again.status, again.header)
				}

				f.stillRuns(t, path, async, location)
				clock.add(time.Minute - 1)
				f.stillRuns(t, path, async, location)
				clock.add(1)

				if g := f.get(t, path); g.status != http.StatusNotFound {
					t.Errorf("status %d when it is done", g.status)
				}

				if test.async {
					doc := decode[operationDoc](t, f.get(t, async), http.StatusOK)
					if doc.Status != "Succeeded" || doc.EndTime != "2026-11-24T10:01:00.0000000Z" || doc.Error != nil {
						t.Errorf("operation %+v", doc)
					}
				}

				if test.location {
					if g := f.get(t, location); g.status != http.StatusNoContent || g.header.Get("Retry-After") != "" {
						t.Errorf("the result has status %d, header %v", g.status, g.header)
					}
				}
			})
		}
	}
}

// stillRuns requires that a thing is there and its operation runs.
func (f *fake) stillRuns(t *testing.T, path, async, location string) {
	t.Helper()
	if g := f.get(t, path); g.status != http.StatusOK {
		t.Errorf("status %d while it runs", g.status)
	}

	if async != "" {
		g := f.get(t, async)
		doc := decode[operationDoc](t, g, http.StatusOK)
		if doc.Status != "InProgress" || doc.StartTime != "2026-11-24T10:00:00.0000000Z" || doc.EndTime != "" || doc.Name == "" || g.header.Get("Retry-After") != "7" {
			t.Errorf("operation %+v, header %v", doc, g.header)
		}
	}

	if location != "" {
		if g := f.get(t, location); g.status != http.StatusAccepted || g.header.Get("Location") != location || g.header.Get("Retry-After") != "7" {
			t.Errorf("the result has status %d, header %v", g.status, g.header)
		}
	}
}

func TestALongDeletionCanFail(t *testing.T) {
	for thing, path := range slowly {
		t.Run(thing, func(t *testing.T) {
			clock := newClock()
			how := Deletion{
				AsyncOperation: true,
				Location:       true,
				Takes:          time.Minute,
				Fails:          true,
			}
			f := startFake(t, Options{Now: clock.now, Faults: []Fault{{Method: "DELETE", Times: 1, Deletion: how}}})
			g := f.delete(t, path)
			clock.add(time.Hour)
			doc := decode[operationDoc](t, f.get(t, g.header.Get("Azure-AsyncOperation")), http.StatusOK)
			if doc.Status != "Failed" || doc.Error == nil || doc.Error.Code != "DeletionFailed" || doc.Error.Message == "" {
				t.Errorf("operation %+v", doc)
			}
			if g := f.get(t, g.header.Get("Location")); g.status != http.StatusConflict || !strings.Contains(string(g.body), "DeletionFailed") {
				t.Errorf("the result has status %d, body %s", g.status, g.body)
			}
			if g := f.get(t, path); g.status != http.StatusOK {
				t.Errorf("status %d", g.status)
			}

			f.gone(t, path)
		})
	}
}

func TestADeletionCanSayThatItIsDoneWhenItIsNot(t *testing.T) {
	f := startFake(t, Options{Deletion: Deletion{Fails: true}})
	f.gone(t, testProject+armVersion)
	if g := f.get(t, testProject+armVersion); g.status != http.StatusOK {
		t.Errorf("status %d", g.status)
	}
}

func TestAnOperationIsGuardedAndOutlivesWhatItDeletes(t *testing.T) {
	f := startFake(t, Options{Deletion: Deletion{AsyncOperation: true}})
	service := f.delete(t, hosted("service", 0)).header.Get("Azure-AsyncOperation")
	f.delete(t, testHosting+mmVersion)

	if doc := decode[operationDoc](t, f.get(t, service), http.StatusOK); doc.Status != "Succeeded" {
		t.Errorf("operation %+v", doc)
	}

	path, _, _ := strings.Cut(service, "?")
	for name, test := range map[string]struct {
		link   string
		header []string
		status int
	}{
		"no token":          {service, []string{"", ""}, 401},
		"no version":        {path, nil, 400},
		"another operation": {path[:len(path)-1] + "x" + mmVersion, nil, 404},
		"another account":   {strings.Replace(service, "mm-1", "mm-2", 1), nil, 404},
	} {
		if g := f.get(t, test.link, test.header...); g.status != test.status {
			t.Errorf("%s: status %d", name, g.status)
		}
	}

	served := f.Served()
	if served[2].Endpoint != "OP" || served[2].Method != http.MethodGet || !strings.HasSuffix(f.url+served[2].URL, service) {
		t.Errorf("served %+v", served[2])
	}
}

func TestOperationsAreStruckByFaults(t *testing.T) {
	f := startFake(t, Options{Deletion: Deletion{AsyncOperation: true}, Faults: []Fault{
		{Endpoint: "OP", Status: 503, Times: 1},
		{Endpoint: "OP", Body: `{"status":"Canceled"}`, Skip: 1, Times: 1},
		{Endpoint: "OP", Vanish: true, Skip: 2},
		{Endpoint: "D06", Header: map[string]string{"Azure-AsyncOperation": "https://evil.example/operation"}},
	}})

	link := f.delete(t, testWorkspace+armVersion).header.Get("Azure-AsyncOperation")
	if g := f.get(t, link); g.status != 503 {
		t.Errorf("status %d", g.status)
	}
	if g := f.get(t, link); string(g.body) != `{"status":"Canceled"}` {
		t.Errorf("body %s", g.body)
	}
	if g := f.get(t, link); g.status != 404 {
		t.Errorf("status %d", g.status)
	}

	other := strings.Replace(testProject, "workspace-00", "workspace-01", 1) + armVersion
	if link := f.delete(t, other).header.Get("Azure-AsyncOperation"); link != "https://evil.example/operation" {
		t.Errorf("link %s", link)
	}
}

// TestThePollerOfAzcoreFollowsAnOperation tests the fake with a client that it was not
// made for.
func TestThePollerOfAzcoreFollowsAnOperation(t *testing.T) {
	for name, test := range map[string]struct {
		how  Deletion
		good bool
	}{
		"by status":          {Deletion{AsyncOperation: true}, true},
		"by result":          {Deletion{Location: true}, true},
		"by both":            {Deletion{AsyncOperation: true, Location: true}, true},
		"to a failure":       {Deletion{AsyncOperation: true, Fails: true}, false},
		"to a bad result":    {Deletion{Location: true, Fails: true}, false},
		"without more to do": {Deletion{AsyncOperation: true, Status: http.StatusNoContent}, true},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newClock()
			test.how.Takes = time.Minute
			f := startFake(t, Options{Now: clock.now, Deletion: test.how})
			pipeline := runtime.NewPipeline("test", "v1", runtime.PipelineOptions{PerCall: []policy.Policy{bearer{}}},
				&policy.ClientOptions{Transport: f.client, Retry: policy.RetryOptions{MaxRetries: -1}})
			request, err := runtime.NewRequest(t.Context(), http.MethodDelete, f.url+testProject+armVersion)
			if err != nil {
				t.Fatal(err)
			}
			response, err := pipeline.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			poller, err := runtime.NewPoller[map[string]any](response, pipeline, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := poller.Poll(t.Context()); err != nil || poller.Done() {
				t.Fatalf("done %v, error %v while it runs", poller.Done(), err)
			}

			clock.add(time.Minute)
			if _, err := poller.Poll(t.Context()); err != nil || !poller.Done() {
				t.Fatalf("done %v, error %v at the end", poller.Done(), err)
			}
			if _, err := poller.Result(t.Context()); (err == nil) != test.good {
				t.Errorf("result: %v", err)
			}
		})
	}
}

// bearer adds the token.
type bearer struct{}

func (bearer) Do(request *policy.Request) (*http.Response, error) {
	request.Raw().Header.Set("Authorization", "Bearer "+testToken)
	return request.Next()
}
