package fakeml

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testToken     = "a-token"
	testSubject   = "11111111-2222-4333-8444-555555555555"
	armVersion    = "?api-version=2017-05-01-preview"
	mmVersion     = "?api-version=2017-09-01-preview"
	testGroup     = "/subscriptions/sub-1/resourceGroups/group-1"
	testEA        = testGroup + "/providers/Microsoft.MachineLearningExperimentation/accounts/exp-1"
	testProject   = testEA + "/workspaces/workspace-00/projects/project-00"
	testHistory   = "/history/v1.0" + testProject
	testRuns      = "/history/v1.0" + testProject + "/runs"
	testAccountMM = "/api" + testGroup + "/accounts/mm-1"
	testModels    = testAccountMM + "/models"
	testHosting   = testGroup + "/providers/Microsoft.MachineLearningModelManagement/accounts/mm-1"
	testWorkspace = testEA + "/workspaces/workspace-00"
	testComputes  = testGroup + "/providers/Microsoft.MachineLearningServices/workspaces/ml-01/computes"
	testClusters  = "/subscriptions/sub-1/resourcegroups/group-1/providers/Microsoft.MachineLearningCompute/operationalizationClusters"
)

// hosted is the URL of something in the model management account.
func hosted(kind string, item int) string {
	a := testAccount()
	return testAccountMM + "/" + kind + "s/" + url.PathEscape(a.nameOf(kind, place{item: item})) + mmVersion
}

func testAccount() Account {
	return Account{
		Seed:                      7,
		SubscriptionID:            "sub-1",
		ResourceGroup:             "group-1",
		Location:                  "eastus2",
		Experimentation:           "exp-1",
		ModelManagement:           "mm-1",
		SubjectObjectID:           testSubject,
		Workspaces:                2,
		Projects:                  3,
		Runs:                      7,
		Models:                    40,
		ArtifactsPerRun:           5,
		Manifests:                 3,
		Services:                  4,
		Images:                    3,
		MachineLearningWorkspaces: 2,
		Computes:                  4,
		Clusters:                  2,
		Experiments:               3,
		Metrics:                   9,
		Assets:                    2,
		Jobs:                      3,
	}
}

// fake is a server on a socket, with a client that unpacks nothing.
type fake struct {
	*Server
	url    string
	client *http.Client
}

type got struct {
	status int
	header http.Header
	body   []byte
	err    error // of reading the body
}

func startFake(t *testing.T, opts Options) *fake {
	t.Helper()
	if opts.Account.SubscriptionID == "" {
		opts.Account = testAccount()
	}
	if opts.Token == "" {
		opts.Token = testToken
	}

	s := New(opts)
	server := httptest.NewServer(s)
	s.SetBase(server.URL)
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})

	return &fake{s, server.URL, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// request sends one call; header pairs replace the usual token when given.
func (f *fake) request(ctx context.Context, t *testing.T, method, url string, header ...string) (*http.Response, error) {
	t.Helper()
	if url[0] == '/' {
		url = f.url + url
	}

	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}

	if len(header) == 0 {
		header = []string{"Authorization", "Bearer " + testToken}
	}

	for i := 0; i < len(header); i += 2 {
		if header[i] != "" {
			r.Header.Set(header[i], header[i+1])
		}
	}

	return f.client.Do(r)
}

func (f *fake) get(t *testing.T, url string, header ...string) got {
	t.Helper()
	return f.do(t, http.MethodGet, url, header...)
}

func (f *fake) delete(t *testing.T, url string, header ...string) got {
	t.Helper()
	return f.do(t, http.MethodDelete, url, header...)
}

// gone deletes each of these and requires a 200.
func (f *fake) gone(t *testing.T, urls ...string) {
	t.Helper()
	for _, url := range urls {
		if g := f.delete(t, url); g.status != http.StatusOK {
			t.Fatalf("DELETE %s: status %d, body %s", url, g.status, g.body)
		}
	}
}

func (f *fake) do(t *testing.T, method, url string, header ...string) got {
	t.Helper()
	response, err := f.request(t.Context(), t, method, url, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return got{response.StatusCode, response.Header, body, err}
}

// bare asks without a token, as a signed link wants it.
func (f *fake) bare(t *testing.T, url string, header ...string) got {
	t.Helper()
	return f.get(t, url, append([]string{"", ""}, header...)...)
}

// clock is moved by hand.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time { return time.Unix(0, c.at.Load()).UTC() }

func (c *clock) add(d time.Duration) { c.at.Add(int64(d)) }

// page is a list's answer on any plane.
type page struct {
	Value             []json.RawMessage `json:"value"`
	NextLink          string            `json:"nextLink"`
	ContinuationToken string            `json:"continuationToken"`
}

func (f *fake) page(t *testing.T, url string) page {
	t.Helper()
	return decode[page](t, f.get(t, url), http.StatusOK)
}

func decode[T any](t *testing.T, g got, status int) T {
	t.Helper()
	var value T
	if g.status != status || g.err != nil {
		t.Fatalf("status %d, want %d; error %v; body %s", g.status, status, g.err, g.body)
	}
	if err := json.Unmarshal(g.body, &value); err != nil {
		t.Fatalf("decoding %s: %v", g.body, err)
	}
	return value
}

// id returns what identifies an item of any list.
func id(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var item struct{ RunID, ArtifactID, ID string }
	if err := json.Unmarshal(raw, &item); err != nil {
		t.Fatal(err)
	}
	return item.RunID + item.ArtifactID + item.ID
}
