package fakeml

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
)

func TestServedCountsEqualCallsAndKeepsTheirOrder(t *testing.T) {
	f := startFake(t, Options{Faults: []Fault{{Endpoint: "E14", Skip: 2, Times: 1, Status: 503}}})
	workspaces := testEA + "/workspaces" + armVersion
	for _, path := range []string{testRuns, workspaces, testRuns, testRuns, testRuns, "/nothing?x=1"} {
		f.get(t, path)
	}

	want := []Served{
		{"E14", "GET", testRuns, 200, 3, ""},
		{"WS", "GET", workspaces, 200, 1, ""},
		{"E14", "GET", testRuns, 503, 1, ""},
		{"", "GET", "/nothing?x=1", 404, 1, ""},
	}
	if got := f.Served(); !reflect.DeepEqual(got, want) {
		t.Errorf("served %+v", got)
	}

	overHTTP := decode[[]Served](t, f.bare(t, "/_served"), http.StatusOK)
	if !reflect.DeepEqual(overHTTP, want) {
		t.Errorf("over HTTP %+v", overHTTP)
	}

	for _, entry := range decode[[]json.RawMessage](t, f.bare(t, "/_served"), http.StatusOK) {
		members(t, entry, "endpoint", "method", "url", "status", "count")
	}
}

func TestNothingServedIsAnEmptyArray(t *testing.T) {
	f := startFake(t, Options{})
	if g := f.bare(t, "/_served"); string(g.body) != "[]\n" {
		t.Errorf("body %q", g.body)
	}
}
