package personcopy_test

import (
	"context"
	"flag"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

var update = flag.Bool("update", false, "write docs/examples/persons-copy again")

// exampleDocuments are what a small workspace has: of Ada a run with what belongs to it, and a
// chat; of Grace a run; and a model that doesn't say whose it is.
var exampleDocuments = []personcopy.Document{
	{Endpoint: "W03", Target: space, Body: []byte(`{"name": "ml-00", "location": "eastus2", "systemData": {"createdBy": "grace.hopper@example.org", "createdByType": "User"}}`)},
	{Endpoint: "W29", Target: space, Item: "census_7f3c", Body: []byte(`{"name": "census_7f3c", "properties": {"jobType": "Command", "displayName": "census, second try", "command": "python train.py --epochs 10"}, "systemData": {"createdBy": "Ada Example", "createdByType": "User"}}`)},
	{Endpoint: "W53", Target: experiment, Item: "census_7f3c", Body: []byte(`{"runId": "census_7f3c", "displayName": "census, second try", "status": "Completed", "startTimeUtc": "2026-04-11T08:15:30Z",
		"createdBy": {"userObjectId": "5c1d2f8e-6a34-4b7e-9d21-0f7b6a3c9e11", "userTenantId": "72f98888-8a11-41af-91ab-2d7cd0110000", "userName": "Ada Example", "upn": "ada@example.org"},
		"lastModifiedBy": {"userObjectId": "0b7e9d21-6a34-4b7e-8d21-3c9e110f7b6a", "userTenantId": "72f98888-8a11-41af-91ab-2d7cd0110000", "userName": "Grace Hopper", "upn": "grace.hopper@example.org"},
		"tags": {"reviewer": "Grace Hopper", "data": "azureml://datastores/blobs/paths/Users/grace.hopper/census.csv"},
		"description": "Asked for by Grace Hopper <grace.hopper@example.org>, made by Ada Example", "token": "eyJ0eXAiOiJKV1QifQ.e30.c2VjcmV0"}`)},
	{Endpoint: "W56", Target: experiment, Item: "census_7f3c", Body: []byte(`{"value": [{"metricKey": {"name": "accuracy"}, "lastValue": 0.93}]}`)},
	{Endpoint: "W60", Target: experiment, Item: "census_7f3c/outputs/model.pkl", Body: []byte(`{"path": "outputs/model.pkl", "contentUri": "https://example.blob.core.windows.net/c/model.pkl?sv=2024-11-04&sig=bm90IGEgc2lnbmF0dXJlLCBhbiBleGFtcGxl"}`),
		Content: &dsr.Content{Size: 482113, SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}},
	{Endpoint: "W53", Target: experiment, Item: "grace_0001", Body: []byte(`{"runId": "grace_0001", "createdBy": {"userObjectId": "0b7e9d21-6a34-4b7e-8d21-3c9e110f7b6a", "userName": "Grace Hopper", "upn": "grace.hopper@example.org"}}`)},
	{Endpoint: "W13", Target: space, Item: "income", Body: []byte(`{"name": "income"}`)},
	{Endpoint: "W68i", Target: space, Item: "thread_4711", Body: []byte(`{"id": "thread_4711", "metadata": {"user_id": "5c1d2f8e-6a34-4b7e-9d21-0f7b6a3c9e11"}}`)},
	{Endpoint: "W69", Target: space, Item: "thread_4711", Body: []byte(`{"object": "list", "data": [{"id": "msg_1", "role": "user", "content": [{"type": "text", "text": {"value": "Draft a mail to Grace Hopper about the census."}}]}]}`)},
}

// The example is what is written, so that whoever looks at it knows what a person gets.
func TestTheExampleIsWhatIsWritten(t *testing.T) {
	source := func(context.Context, string) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for i, d := range exampleDocuments {
				d.RetrievedAt = bagDay.Add(time.Duration(i) * time.Second)
				if !yield(d, nil) {
					return
				}
			}
		}
	}
	files := unzip(t, writeOrder(t, personcopy.Order{
		RequestID:   "case-4711",
		Subject:     dsr.Subject{ObjectID: "5c1d2f8e-6a34-4b7e-9d21-0f7b6a3c9e11", UserPrincipalName: "ada@example.org", DisplayName: "Ada Example"},
		Status:      dsr.StatusSucceeded,
		SubmittedAt: bagDay,
		ClosedAt:    bagDay.Add(time.Hour),
		Contact:     "privacy@example.org",
	}, source), "case-4711")

	const dir = "../../docs/examples/persons-copy"
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(files[name]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if body, err := os.ReadFile(file); err != nil || string(body) != files[name] {
			t.Errorf("%s is not what is written (%v); go test ./internal/personcopy -run Example -update writes it again", file, err)
		}
	}
}
