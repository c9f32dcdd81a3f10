package azureml

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// leftOut are the published routes that read something and that no row calls, with
// the reason. They are written as in the files, prefixes shortened.
func leftOut() map[string]string {
	const (
		ml      = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.MachineLearningServices/workspaces/{workspaceName}"
		place   = "/subscriptions/{subscriptionId}/providers/Microsoft.MachineLearningServices/locations/{location}"
		cluster = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.MachineLearningCompute/operationalizationClusters/{clusterName}"
		group   = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
		byName  = "/history/v1.0" + ml + "/experiments/{experimentName}"
		files   = byName + "/runs/{runId}/artifacts"
		store   = "/artifact/v2.0" + ml + "/artifacts"
		bytes   = store + "/{origin}/{container}"
		old     = "/modelmanagement/v1.0" + ml
		agents  = "/agents/v1.0" + ml
		generic = "/genericasset/v2.0" + ml

		ofProvider = "tells of the provider, holds no document of a person"
		secret     = "a secret, never called"
		named      = "a request names its accounts: none is looked for"
		sameByName = "the same by the experiment's name; by its id is safer"
		sameRecord = "the same record as in the list of W59"
		registry   = "modelregistry/v1.0 answers for the same, with the full user record"
		sameInList = "the same document as in the list"
		preview    = "in preview versions of ARM's API only: notCovered has it, with its place"
		legacy     = "what the first SDK deployed and profiled: the reference has no row for it"
	)

	return map[string]string{
		"GET /providers/Microsoft.MachineLearningCompute/operations":         ofProvider,
		"GET /providers/Microsoft.MachineLearningExperimentation/operations": ofProvider,
		"GET /providers/Microsoft.MachineLearningServices/operations":        ofProvider,
		"GET " + place + "/Quotas":                                           ofProvider,
		"GET " + place + "/usages":                                           ofProvider,
		"GET " + place + "/vmSizes":                                          ofProvider,

		"GET /subscriptions/{subscriptionId}/providers/Microsoft.MachineLearningCompute/operationalizationClusters": "the same clusters as E12 lists by resource group",
		"GET /subscriptions/{subscriptionId}/providers/Microsoft.MachineLearningExperimentation/accounts":           named,
		"GET " + group + "/providers/Microsoft.MachineLearningExperimentation/accounts":                             named,
		"POST " + cluster + "/checkSystemServicesUpdatesAvailable":                                                  "tells of software, holds no document of a person",
		"POST " + cluster + "/listKeys": secret,

		"POST " + ml + "/listKeys":                                secret,
		"POST " + ml + "/computes/{computeName}/listKeys":         secret,
		"POST " + ml + "/computes/{computeName}/listNodes":        "addresses of machines, holds no document of a person",
		"GET /history/v1.0/private" + ml + "/deleteConfiguration": "a workspace's setting, holds no document of a person",

		"GET " + byName:                                   sameByName,
		"GET " + byName + "/metrics/{metricId}":           sameByName,
		"POST " + byName + "/metrics:query":               sameByName,
		"POST " + byName + "/runs:query":                  sameByName,
		"GET " + byName + "/runs/{runId}":                 sameByName,
		"GET " + byName + "/runs/{runId}/children":        sameByName,
		"GET " + byName + "/runs/{runId}/details":         sameByName,
		"GET " + files:                                    sameByName,
		"GET " + files + "/artifacturi":                   sameByName,
		"GET " + files + "/contentinfo":                   sameByName,
		"GET " + files + "/metadata":                      sameByName,
		"GET " + files + "/path":                          sameByName,
		"GET " + files + "/prefix/contentinfo":            sameByName,
		"POST " + store + "/batch/metadata":               sameRecord,
		"GET " + bytes + "/metadata":                      sameRecord,
		"POST " + store + "/storageuri/batch/metadata":    "where the bytes lie, which W60 asks for one by one",
		"GET " + bytes + "/contentinfo/storageuri":        "where the bytes lie, which W60 asks for one by one",
		"GET " + bytes + "/prefix/contentinfo":            "where the bytes lie, which W60 asks for one by one",
		"GET " + bytes + "/prefix/contentinfo/storageuri": "where the bytes lie, which W60 asks for one by one",
		"GET " + bytes + "/content":                       "the bytes that W60's link leads to, which needs no token",
		"GET " + bytes + "/write":                         "a link to write by",

		"GET " + old + "/assets":                         registry,
		"GET " + old + "/assets/{id}":                    registry,
		"GET " + old + "/models":                         registry,
		"GET " + old + "/models/{id}":                    registry,
		"GET " + old + "/models/{id}/metrics":            legacy,
		"GET " + old + "/images/{imageId}/profiles":      legacy,
		"GET " + old + "/images/{imageId}/profiles/{id}": legacy,
		"GET " + old + "/operations/{id}":                legacy,
		"GET " + old + "/services":                       legacy,
		"GET " + old + "/services/{id}":                  legacy,
		"POST " + old + "/services/{id}/listkeys":        secret,
		"POST " + old + "/services/{id}/token":           secret,

		"GET " + agents + "/threads/{threadId}/messages/{messageId}":                    sameInList,
		"GET " + agents + "/threads/{threadId}/runs/{runId}":                            sameInList,
		"GET " + agents + "/threads/{threadId}/runs/{runId}/steps/{stepId}":             sameInList,
		"GET " + agents + "/vector_stores/{vectorStoreId}/files/{fileId}":               sameInList,
		"GET " + agents + "/vector_stores/{vectorStoreId}/file_batches/{batchId}":       "how a store was filled; W73f lists what is in it",
		"GET " + agents + "/vector_stores/{vectorStoreId}/file_batches/{batchId}/files": sameInList,
		"GET " + agents + "/files/{fileId}/content":                                     "refused for what people have uploaded: notCovered has it, with its place",
		"GET " + generic + "/indexes/{name}":                                            sameInList,
		"GET " + generic + "/prompts/{name}":                                            sameInList,
		"GET " + ml + "/connections/{c}/raiBlocklists":                                  preview,
		"GET " + ml + "/connections/{c}/raiBlocklists/{b}":                              preview,
		"GET " + ml + "/connections/{c}/raiBlocklists/{b}/raiBlocklistItems":            preview,
		"GET " + ml + "/connections/{c}/raiBlocklists/{b}/raiBlocklistItems/{i}":        preview,
		"GET " + ml + "/connections/{c}/raiPolicies":                                    preview,
		"GET " + ml + "/connections/{c}/raiPolicies/{p}":                                preview,
		"GET " + ml + "/connections/{c}/deployments":                                    preview,
		"GET " + ml + "/connections/{c}/deployments/{d}":                                preview,
		"GET " + ml + "/endpoints":                                                      preview,
		"GET " + ml + "/endpoints/{e}":                                                  preview,
		"GET " + ml + "/endpoints/{e}/deployments":                                      preview,
		"GET " + ml + "/endpoints/{e}/deployments/{d}":                                  preview,
		"GET " + ml + "/endpoints/{e}/raiPolicies":                                      preview,
		"GET " + ml + "/endpoints/{e}/raiPolicies/{p}":                                  preview,
		"GET " + ml + "/inferencePools":                                                 preview,
		"GET " + ml + "/inferencePools/{p}":                                             preview,
		"GET " + ml + "/inferencePools/{p}/endpoints":                                   preview,
		"GET " + ml + "/inferencePools/{p}/endpoints/{e}":                               preview,
		"GET " + ml + "/inferencePools/{p}/groups":                                      preview,
		"GET " + ml + "/inferencePools/{p}/groups/{g}":                                  preview,
	}
}

// Each published route that reads is a row's, or is left out for a reason; each row
// is published somewhere.
func TestEveryPublishedRouteIsARowOrLeftOut(t *testing.T) {
	rows, seen := map[string][]string{}, map[string]bool{}
	for _, op := range table() {
		key := routeKey(methodOf(op) + " " + op.Path)
		rows[key] = append(rows[key], op.ID)
	}

	reasons := map[string]string{}
	for route, reason := range leftOut() {
		reasons[routeKey(route)] = reason
	}

	if len(reasons) != len(leftOut()) {
		t.Error("a route is left out twice")
	}

	files, _ := filepath.Glob("testdata/routes/*.txt")
	if len(files) != 21 {
		t.Errorf("%d files of routes", len(files))
	}

	for _, file := range files {
		for _, route := range routesOf(t, file) {
			key := routeKey(route)
			seen[key] = true
			switch reason := reasons[key]; {
			case rows[key] == nil && reason == "":
				t.Errorf("%s: nothing reads %s", filepath.Base(file), route)
			case rows[key] != nil && reason != "":
				t.Errorf("%s is left out and read by %v", route, rows[key])
			}
		}
	}

	for key, ids := range rows {
		if !seen[key] {
			t.Errorf("%v: %s is published nowhere", ids, key)
		}
	}

	for route := range leftOut() {
		if !seen[routeKey(route)] {
			t.Errorf("%s is left out, but published nowhere", route)
		}
	}
}

// forbidden are the names that a call which gives out keys or tokens ends with.
var forbidden = regexp.MustCompile(`(?i)/(list(Keys|Secrets|NotebookKeys|NotebookAccessToken|StorageAccountKeys)|token)(\?|$)`)

func TestNothingCallsWhatMustNotBeCalled(t *testing.T) {
	never := map[string]bool{}
	for _, route := range routesOf(t, "testdata/never.txt") {
		never[strings.ToLower(routeKey(route))] = true
		if !strings.HasPrefix(route, http.MethodDelete) && !forbidden.MatchString(route) {
			t.Errorf("%s is refused by no name", route)
		}
	}

	if len(never) != 15 {
		t.Errorf("%d routes", len(never))
	}

	for _, op := range table() {
		if never[strings.ToLower(routeKey(methodOf(op)+" "+op.Path))] || forbidden.MatchString(op.Path) {
			t.Errorf("%s calls %s", op.ID, op.Path)
		}
	}

	for _, d := range DeleteOperations() {
		if op := row(t, d.Reads); never[strings.ToLower(routeKey("DELETE "+op.Path))] {
			t.Errorf("%s deletes %s", d.ID, op.Path)
		}
	}
}

func methodOf(op Operation) string {
	if op.Body != "" {
		return http.MethodPost
	}
	return http.MethodGet
}

// routesOf reads a file of routes. Its first line names the source.
func routesOf(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if !strings.HasPrefix(lines[0], "# ") || len(lines) < 2 {
		t.Errorf("%s names no source, or no route", file)
	}
	return lines[1:]
}

var parameter = regexp.MustCompile(`[^/]*\{[^/]*`)

// routeKey is a route without the names of its parameters and without its query; on
// ARM without regard to case.
func routeKey(route string) string {
	route, _, _ = strings.Cut(route, "?")
	// A slash is missing in what is published.
	route = strings.Replace(route, "/workspaces{workspaceName}/", "/workspaces/{workspaceName}/", 1)
	route = parameter.ReplaceAllString(route, "{}")
	// The one origin of artifacts that rows ask for stands for the parameter.
	route = strings.Replace(route, "/ExperimentRun/", "/{}/", 1)
	if _, path, _ := strings.Cut(route, " "); strings.HasPrefix(path, "/subscriptions/") {
		return strings.ToLower(route)
	}
	return route
}

// Each row that a published description names is called there what the row says,
// and no other row claims a name.
func TestOperationIDsAreThePublishedOnes(t *testing.T) {
	text, err := os.ReadFile("testdata/operation-ids.txt")
	if err != nil {
		t.Fatal(err)
	}

	published := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "# ") { // the source of the lines below it
			continue
		}

		id, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		operation, route, _ := strings.Cut(rest, " ")
		published[id] = true
		op := row(t, id)
		if op.OperationID != operation {
			t.Errorf("%s is %q, published as %q", id, op.OperationID, operation)
		}
		if got := routeKey(methodOf(op) + " " + op.Path); got != routeKey(route) {
			t.Errorf("%s calls %s, but %s is %s", id, got, operation, route)
		}
	}

	for _, op := range table() {
		if op.OperationID != "" && !published[op.ID] {
			t.Errorf("%s: %s is published nowhere", op.ID, op.OperationID)
		}
	}
}
