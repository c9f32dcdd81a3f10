package main

import (
	"strings"
	"testing"

	fake "azureml-dsr/test/emulator/fakeml"
)

func get(url string) fake.Served {
	return fake.Served{
		Endpoint: "E16",
		Method:   "GET",
		URL:      url,
		Status:   200,
	}
}

func TestCallsSinceAreThoseThatWereAdded(t *testing.T) {
	before := called{get("/a"): 2, get("/b"): 1}
	after := called{get("/a"): 2, get("/b"): 3, get("/c"): 1}
	got := after.since(before)
	if len(got) != 2 || got[get("/b")] != 2 || got[get("/c")] != 1 {
		t.Errorf("got %v", got)
	}
}

func TestADifferentCallIsNamed(t *testing.T) {
	worker := called{get("/a"): 1, get("/b"): 1}
	if err := worker.sameAs(called{get("/a"): 3, get("/b"): 1}); err != nil {
		t.Errorf("a call that was made again is another call: %v", err)
	}

	missing := get("/a")
	missing.Status = 404

	for name, c := range map[string]struct {
		loop called
		want string
	}{
		"the loop left one out":       {called{get("/a"): 1}, "/b"},
		"the loop made one more":      {called{get("/a"): 1, get("/b"): 1, get("/c"): 1}, "/c"},
		"the loop got another status": {called{missing: 1, get("/b"): 1}, "404"},
	} {
		if err := worker.sameAs(c.loop); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
