package fakeml

import (
	"net/http"
	"slices"
	"testing"
)

func TestChildrenHangOnTheirPipelines(t *testing.T) {
	f := startML(t, Options{})
	a := &f.account
	root, first := a.MLRunID(0, 0, 2), a.MLChildRunID(0, 0, 2, 0)
	for run, want := range map[string][]string{
		root:                            {first, a.MLChildRunID(0, 0, 2, 1), a.MLChildRunID(0, 0, 2, 2)},
		first:                           {a.MLGrandchildRunID(0, 0, 2, 0), a.MLGrandchildRunID(0, 0, 2, 1)},
		a.MLChildRunID(0, 0, 2, 1):      {},
		a.MLGrandchildRunID(0, 0, 2, 0): {},
		a.MLRunID(0, 0, 1):              {},
	} {
		children := f.walkGET(t, testRH+"/runs/"+run+"/children")
		if got := valuesOf(t, children, "runId"); !slices.Equal(got, want) {
			t.Errorf("the children of %s are %v, want %v", run, got, want)
		}

		for _, child := range children {
			if textAt(t, child, "parentRunId") != run || textAt(t, child, "rootRunId") != root || textAt(t, child, "createdBy/userObjectId") != a.Guest().ObjectID {
				t.Errorf("a child is %s", child)
			}
		}
	}

	if g := f.get(t, testRH+"/runs/"+a.MLChildRunID(0, 0, 1, 0)); g.status != http.StatusNotFound {
		t.Errorf("a child of what is no pipeline: status %d", g.status)
	}
}

func TestChildrenAreInListsOnlyWhereTheAccountSaysSo(t *testing.T) {
	account := mlAccount()
	f := startML(t, Options{PageSize: 7})
	if jobs := f.walkGET(t, testML+"/jobs"+mlAPI+"&listViewType=All"); len(jobs) != 18 {
		t.Errorf("%d jobs", len(jobs))
	}
	if runs := f.walkPOST(t, f.mlExperimentPath(0)+"/runs:query", runsBody); len(runs) != 9 {
		t.Errorf("%d runs", len(runs))
	}

	account.ML.ChildrenInQuery = true
	f = startML(t, Options{Account: account, PageSize: 7})
	runs := valuesOf(t, f.walkPOST(t, f.mlExperimentPath(0)+"/runs:query", runsBody), "runId")
	if len(runs) != 9+5*5 || distinct(runs) != len(runs) { // five of nine are pipelines
		t.Errorf("%d runs", len(runs))
	}
	if jobs := f.walkGET(t, testML+"/jobs"+mlAPI+"&listViewType=All"); len(jobs) != 18 {
		t.Errorf("%d jobs", len(jobs))
	}
}
