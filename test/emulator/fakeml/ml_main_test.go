package fakeml

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	mlAPI       = "?api-version=2026-09-01"
	labelingAPI = "?api-version=2024-01-01-preview"
	testML      = testGroup + "/providers/Microsoft.MachineLearningServices/workspaces/ml-00"
	testML1     = testGroup + "/providers/Microsoft.MachineLearningServices/workspaces/ml-01"
	testReg     = testGroup + "/providers/Microsoft.MachineLearningServices/registries/registry-00"
	testRH      = "/history/v1.0" + testML
	testMT      = "/metric/v2.0" + testML
	testAF      = "/artifact/v2.0" + testML
	testMR      = "/modelregistry/v1.0" + testML
	testDC      = "/data/v1.0" + testML
	testAgents  = "/agents/v1.0" + testML
	testGeneric = "/genericasset/v2.0" + testML
	testEval    = "/raisvc/v1.0" + testML + "/evaluations"
	testDT      = "/genericasset/v2.0" + testReg + "/deploymenttemplates"

	agentsAPI   = "api-version=2025-05-15-preview"
	evalAPI     = "api-version=2024-07-01-preview"
	genericAPI  = "api-version=2024-05-01-preview"
	templateAPI = "api-version=2024-04-01-preview"
)

// mlAccount has a little of everything in the second generation.
func mlAccount() Account {
	account := testAccount()
	account.ML = ML{
		Experiments:        2,
		RunsPerExperiment:  9,
		ChildRuns:          3,
		ArtifactsPerRun:    5,
		Metrics:            3,
		Computes:           9,
		Datastores:         2,
		Data:               6,
		Models:             6,
		Environments:       6,
		Components:         6,
		Codes:              6,
		Versions:           5,
		Schedules:          6,
		OnlineEndpoints:    2,
		BatchEndpoints:     2,
		Deployments:        2,
		Serverless:         2,
		Marketplace:        2,
		Connections:        2,
		Featuresets:        6,
		FeaturesPerVersion: 6,
		Entities:           6,
		LabelingJobs:       2,
		Assets:             3,
		Datasets:           2,
		OutboundRules:      2,
		PrivateEndpoints:   2,
		CapabilityHosts:    2,
		Registries:         2,

		Threads:             6,
		Messages:            5,
		AgentRuns:           2,
		Steps:               3,
		Agents:              2,
		AgentFiles:          2,
		VectorStores:        6,
		StoreFiles:          2,
		Evaluations:         6,
		EvaluationSchedules: 6,
		Indexes:             6,
		Prompts:             6,
		Templates:           6,
	}
	return account
}

// oneWorkspace has as many kinds of things, and fewer of each where all documents
// are looked at.
func oneWorkspace() Account {
	account := mlAccount()
	account.MachineLearningWorkspaces, account.ML.Registries, account.ML.ArtifactsPerRun, account.ML.FeaturesPerVersion = 1, 1, 1, 1
	return account
}

func startML(t *testing.T, opts Options) *fake {
	t.Helper()
	if opts.Account.SubscriptionID == "" {
		opts.Account = mlAccount()
	}
	return startFake(t, opts)
}

// post sends a body; header pairs replace the usual token when given.
func (f *fake) post(t *testing.T, url, body string, header ...string) got {
	t.Helper()
	if url[0] == '/' {
		url = f.url + url
	}

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	r.Header.Set("Content-Type", "application/json")

	if len(header) == 0 {
		header = []string{"Authorization", "Bearer " + testToken}
	}

	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}

	response, err := f.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	raw, err := io.ReadAll(response.Body)
	return got{response.StatusCode, response.Header, raw, err}
}

// walkGET follows a list by its links and returns its items.
func (f *fake) walkGET(t *testing.T, path string) []json.RawMessage {
	t.Helper()
	var items []json.RawMessage
	for link := path; link != ""; {
		p := f.page(t, link)
		items = append(items, p.Value...)
		if link = p.NextLink; len(items) > 10_000 {
			t.Fatal("the list has no end")
		}
	}
	return items
}

// walkPOST follows a list by the token in the body; the body has %s for it.
func (f *fake) walkPOST(t *testing.T, path, body string) []json.RawMessage {
	t.Helper()
	var items []json.RawMessage
	for token := "null"; token != ""; {
		p := decode[page](t, f.post(t, path, strings.Replace(body, "%s", token, 1)), http.StatusOK)
		items = append(items, p.Value...)
		token = ""
		if p.ContinuationToken != "" {
			token = text(p.ContinuationToken)
		}
	}
	return items
}

// member reads a member by its path, with slashes between the names.
func member(t *testing.T, raw []byte, path string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	for step := range strings.SplitSeq(path, "/") {
		object, _ := value.(map[string]any)
		value = object[step]
	}
	return value
}

func (f *fake) mlRunPath(experiment, run int) string {
	return testRH + "/runs/" + f.account.MLRunID(0, experiment, run)
}

func (f *fake) mlExperimentPath(experiment int) string {
	return testRH + "/experimentids/" + f.account.MLExperimentID(0, experiment)
}

func (f *fake) jobPath(experiment, run int) string {
	return testML + "/jobs/" + f.account.MLRunID(0, experiment, run) + mlAPI
}

// endpointsServed are the ids of what was served, in order.
func (f *fake) endpointsServed() []string {
	var ids []string
	for _, s := range f.Served() {
		if !slices.Contains(ids, s.Endpoint) {
			ids = append(ids, s.Endpoint)
		}
	}
	return ids
}

func countMarks(documents ...[]byte) int {
	n := 0
	for _, d := range documents {
		n += bytes.Count(d, []byte(secretMark))
	}
	return n
}
