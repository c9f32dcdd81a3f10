package fakeml

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// settled deletes, follows the Location to its end and checks what is left.
func (f *fake) settled(t *testing.T, url string) {
	t.Helper()
	g := f.delete(t, url)
	if g.status == http.StatusAccepted && g.header.Get("Location") != "" {
		g = f.get(t, g.header.Get("Location"))
	}
	if g.status != http.StatusOK && g.status != http.StatusAccepted && g.status != http.StatusNoContent {
		t.Fatalf("DELETE %s: status %d, body %s", url, g.status, g.body)
	}
}

func TestEachMLResourceCanBeDeleted(t *testing.T) {
	account := mlAccount()
	account.ML.Deployments = 0 // an endpoint that has one is refused

	for i := range mlResources {
		r := &mlResources[i]
		if r.deletes == not || r.segment == "deployments" {
			continue
		}

		t.Run("D"+r.item, func(t *testing.T) {
			f := startML(t, Options{Account: account})
			item := func(n int) string {
				var at place
				k, _ := f.account.kind(r.variable)
				k.put(&at, n)
				return f.account.fill(r.path()+"/{"+r.variable+"}", at) + "?api-version=" + r.version()
			}

			query := ""
			if r.segment == "computes" {
				query = "&underlyingResourceAction=Delete"
			}

			list := f.account.fill(r.path(), place{}) + "?api-version=" + r.version() + "&listViewType=All"
			before := len(f.walkGET(t, list))
			g := f.delete(t, item(0)+query)
			_, longRunning := g.header["Location"]
			if longRunning != (r.deletes != atOnce) || longRunning != (g.status == http.StatusAccepted) || (!longRunning && g.status != http.StatusOK) {
				t.Fatalf("status %d, header %v, body %s", g.status, g.header, g.body)
			}

			if _, status := g.header["Azure-Asyncoperation"]; status != (r.deletes == byBoth) {
				t.Errorf("header %v", g.header)
			}
			if longRunning && f.get(t, g.header.Get("Location")).status != http.StatusOK {
				t.Error("the operation has no end")
			}
			if g := f.get(t, item(0)); g.status != http.StatusNotFound {
				t.Errorf("afterwards: status %d", g.status)
			}
			if g := f.get(t, item(1)); g.status != http.StatusOK {
				t.Errorf("its neighbour: status %d", g.status)
			}
			if after := len(f.walkGET(t, list)); after != before-1 {
				t.Errorf("%d are listed, %d were", after, before)
			}

			served := f.Served()
			found := false
			for _, s := range served {
				found = found || (s.Endpoint == "D"+r.item && s.Method == http.MethodDelete)
			}

			if !found {
				t.Errorf("served %+v", served)
			}
		})
	}
}

func TestAnMLContainerTakesWhatLiesInIt(t *testing.T) {
	f := startML(t, Options{})
	a := &f.account
	model, data := a.MLResourceName("W13", 0, 1), a.MLResourceName("W09", 0, 1)
	f.gone(t, testML+"/models/"+model+mlAPI, testML+"/data/"+data+mlAPI)

	for _, path := range []string{
		testML + "/models/" + model + "/versions" + mlAPI, testML + "/models/" + model + "/versions/1" + mlAPI, testMR + "/models/" + model + ":1",
		testML + "/data/" + data + "/versions/2" + mlAPI, testDC + "/dataversion/" + data + "/versions",
	} {
		if g := f.get(t, path); g.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, g.status)
		}
	}

	if models := f.walkGET(t, testMR+"/models?listViewType=All"); len(models) != 25 {
		t.Errorf("%d registered models", len(models))
	}
	if containers := f.walkGET(t, testDC+"/datacontainer"); len(containers) != 5 {
		t.Errorf("%d data containers", len(containers))
	}
	if g := f.delete(t, testMR+"/models/"+a.MLResourceName("W13", 0, 0)+":1"); g.status != http.StatusMethodNotAllowed {
		t.Errorf("a registered model: status %d", g.status)
	}

	f.gone(t, testMR+"/assets/"+a.nameOf(mlAsset, place{}))

	if assets := f.walkGET(t, testMR+"/assets"); len(assets) != 2 {
		t.Errorf("%d assets", len(assets))
	}
}

func TestAnEndpointHasToBeEmptied(t *testing.T) {
	f := startML(t, Options{})
	for _, e := range [][3]string{{"onlineEndpoints", "W33", "W35"}, {"batchEndpoints", "W37", "W39"}} {
		endpoint := testML + "/" + e[0] + "/" + f.account.MLResourceName(e[1], 0, 0)
		for deployment := range 2 {
			if g := f.delete(t, endpoint+mlAPI); g.status != http.StatusConflict {
				t.Errorf("%s with a deployment: status %d", e[0], g.status)
			}
			f.settled(t, endpoint+"/deployments/"+f.account.MLResourceName(e[2], 0, 0, deployment)+mlAPI)
		}

		f.settled(t, endpoint+mlAPI)

		if g := f.get(t, endpoint+mlAPI); g.status != http.StatusNotFound {
			t.Errorf("%s: status %d", e[0], g.status)
		}
	}
}

func TestAComputeSaysWhatBecomesOfItsMachine(t *testing.T) {
	f := startML(t, Options{})
	for i, want := range []string{"Delete", "Delete", "Delete", "Detach"} {
		path := testML + "/computes/" + f.account.MLResourceName("W05", 0, i) + mlAPI
		for _, action := range []string{"", "Delete", "Detach"} {
			if action == want {
				continue
			}
			if g := f.delete(t, path+"&underlyingResourceAction="+action); g.status != http.StatusBadRequest {
				t.Errorf("compute %d, %q: status %d", i, action, g.status)
			}
		}

		f.settled(t, path+"&underlyingResourceAction="+want)

		if g := f.get(t, path); g.status != http.StatusNotFound {
			t.Errorf("compute %d: status %d", i, g.status)
		}
	}
}

func TestASoftDeletedWorkspaceWaitsForItsPurge(t *testing.T) {
	f := startML(t, Options{})
	workspace, purge := testML+mlAPI, testML+mlAPI+"&forceToPurge=true"
	f.settled(t, workspace)

	for _, path := range []string{workspace, testML + "/jobs" + mlAPI, f.mlRunPath(0, 1), testComputes[:len(testML)] + "/computes" + computeAPI} {
		want := http.StatusNotFound
		if strings.Contains(path, "ml-01") {
			want = http.StatusOK
		}
		if g := f.get(t, path); g.status != want {
			t.Errorf("%s: status %d", path, g.status)
		}
	}

	if !f.SoftDeleted(workspace) || f.SoftDeleted(testML1+mlAPI) {
		t.Error("it is not the one that is deleted softly")
	}
	if err := f.Recreate(workspace); err == nil {
		t.Error("its name is free")
	}
	if g := f.delete(t, workspace); g.status != http.StatusNotFound {
		t.Errorf("without a purge: status %d", g.status)
	}
	if g := f.delete(t, purge); g.status != http.StatusAccepted || g.header.Get("Location") == "" {
		t.Errorf("a purge: status %d, body %s", g.status, g.body)
	}
	if f.SoftDeleted(workspace) {
		t.Error("it is still there")
	}
	if g := f.delete(t, purge); g.status != http.StatusNotFound {
		t.Errorf("a purge of nothing: status %d", g.status)
	}

	f.settled(t, testML1+mlAPI+"&forceToPurge=true")

	if f.SoftDeleted(testML1 + mlAPI) {
		t.Error("a purge at once is none")
	}
	if left := f.walkGET(t, testGroup+"/providers/Microsoft.MachineLearningServices/workspaces"+mlAPI); len(left) != 0 {
		t.Errorf("left is %s", left)
	}
}

func TestMetricsAndArtifactsOfARunCanGoAlone(t *testing.T) {
	f := startML(t, Options{})
	id := f.account.MLRunID(0, 0, 1)
	container := testAF + "/artifacts/ExperimentRun/dcid." + id
	link := textAt(t, f.get(t, container+"/contentinfo?path="+queryEscape(MLArtifactPath(0))).body, "contentUri")

	if g := f.delete(t, testMT+"/runs/"+id+"/deleteMetrics"); g.status != http.StatusAccepted {
		t.Errorf("metrics: status %d", g.status)
	}
	if g := f.delete(t, container+"/batch"); g.status != http.StatusBadRequest {
		t.Errorf("artifacts, softly: status %d", g.status)
	}

	f.gone(t, container+"/batch?hardDelete=true")

	for _, items := range [][]byte{
		f.post(t, testMT+"/runs/"+id+"/list", "{}").body, f.get(t, container).body,
		f.get(t, f.mlExperimentPath(0)+"/runs/"+id+"/artifacts").body,
	} {
		if !bytes.HasPrefix(items, []byte(`{"value":[]`)) {
			t.Errorf("left is %s", items)
		}
	}

	if g := f.get(t, container+"/contentinfo?path="+queryEscape(MLArtifactPath(0))); g.status != http.StatusNotFound {
		t.Errorf("an artifact: status %d", g.status)
	}
	if g := f.bare(t, link); g.status != http.StatusNotFound {
		t.Errorf("its bytes: status %d", g.status)
	}
	if g := f.get(t, f.mlRunPath(0, 1)); g.status != http.StatusOK {
		t.Errorf("the run: status %d", g.status)
	}
	if g := f.get(t, testAF+"/artifacts/ExperimentRun/dcid."+f.account.MLRunID(0, 0, 2)); bytes.HasPrefix(g.body, []byte(`{"value":[]`)) {
		t.Error("those of another run are gone too")
	}
}

func TestWhatNobodyShouldCallIsLogged(t *testing.T) {
	f := startML(t, Options{})
	endpoint := testML + "/onlineEndpoints/" + f.account.MLResourceName("W33", 0, 0)
	for _, path := range []string{testML + "/listKeys", testML + "/listStorageAccountKeys", testML + "/connections/" + f.account.MLResourceName("W43", 0, 0) + "/listsecrets", endpoint + "/token", endpoint + "/listKeys"} {
		if g := f.post(t, path+mlAPI, ""); g.status != http.StatusOK {
			t.Errorf("%s: status %d", path, g.status)
		}
	}

	f.gone(t, "/dataset/v2.0"+testML+"/datasets")

	if ids := f.endpointsServed(); len(ids) != 1 || ids[0] != "NEVER" {
		t.Errorf("served %v", ids)
	}
	if left := f.walkGET(t, "/dataset/v2.0"+testML+"/datasets"); len(left) != 2 {
		t.Errorf("%d datasets are left", len(left))
	}
}
