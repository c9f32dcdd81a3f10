package export

import (
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
)

// An entry says where its document names the subject, and whether it is theirs. Nothing is
// noted of documents that name nobody.
func TestAnEntrySaysWhereTheSubjectIsNamedAndWhetherItIsTheirs(t *testing.T) {
	u := &upstream{answers: map[string]string{
		"W53 mine":   `{"createdBy":{"userObjectId":"oid-anna"}}`,
		"W53 theirs": `{"createdBy":{"userObjectId":"oid-bert"},"tags":{"for":"oid-anna"}}`,
		"W53 none":   `{"createdBy":{"userObjectId":"oid-bert"}}`,
	}}
	w, b := workerOf(u)
	job := jobOf("ml-runs")
	if err := w.Work(t.Context(), job, []string{"mine", "theirs", "none"}); err != nil {
		t.Fatal(err)
	}

	want := map[string]dsr.Entry{
		"mine":   {Owner: dsr.OwnerSubject, Mentions: []string{"/createdBy/userObjectId"}},
		"theirs": {Mentions: []string{"/tags/for"}},
		"none":   {},
	}
	for _, e := range partOf(t, b, job.Task.PartBlob(job.Target)) {
		if w := want[e.Item]; e.Owner != w.Owner || !slices.Equal(e.Mentions, w.Mentions) {
			t.Errorf("%s: owner %q, mentions %q", e.Item, e.Owner, e.Mentions)
		}
		delete(want, e.Item)
	}
	if len(want) > 0 {
		t.Errorf("no entries of %v", want)
	}
}
