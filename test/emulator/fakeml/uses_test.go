package fakeml

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
)

func TestWhatIsUsedCannotBeDeleted(t *testing.T) {
	tests := []struct {
		name, path string
		users      []string // to be deleted first
	}{
		{"an image that services use", hosted("image", 0), []string{hosted("service", 0), hosted("service", 3)}},
		{"a manifest that an image uses", hosted("manifest", 1), []string{hosted("service", 1), hosted("image", 1)}},
		{"a model that two manifests use", hosted("model", 1), []string{
			hosted("service", 0), hosted("service", 1), hosted("service", 3), hosted("image", 0), hosted("image", 1), hosted("manifest", 0), hosted("manifest", 1)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{})
			for _, user := range test.users {
				g := f.delete(t, test.path)
				answer := decode[struct {
					Code       string
					StatusCode int
					Message    string
				}](t, g, http.StatusConflict)
				if answer.Code != "Conflict" || answer.StatusCode != http.StatusConflict || !strings.Contains(answer.Message, "is used by the") {
					t.Errorf("body %s", g.body)
				}
				if g := f.get(t, test.path); g.status != http.StatusOK {
					t.Errorf("status %d after a refusal", g.status)
				}

				f.gone(t, user)
			}

			f.gone(t, test.path)
		})
	}
}

func TestAUserThatIsStillBeingDeletedIsInTheWay(t *testing.T) {
	f := startFake(t, Options{Faults: []Fault{{Endpoint: "D04", Deletion: Deletion{Takes: 1}}}, Now: newClock().now})
	if g := f.delete(t, hosted("service", 1)); g.status != http.StatusAccepted {
		t.Fatalf("status %d", g.status)
	}
	if g := f.delete(t, hosted("image", 1)); g.status != http.StatusConflict {
		t.Errorf("status %d", g.status)
	}
}

// shown collects from the documents what is made of what.
func shown(t *testing.T, s *Server) map[[2]string]bool {
	t.Helper()
	type manifest struct {
		ID       string
		ModelIDs []string
	}

	type image struct {
		ID       string
		Manifest *manifest
	}

	read := func(raw []byte, to any) {
		if err := json.Unmarshal(raw, to); err != nil {
			t.Fatal(err)
		}
	}

	uses := make(map[[2]string]bool)
	a := &s.account
	for i := range a.Services {
		var doc struct {
			Name     string
			Image    *image
			Manifest *manifest
			Models   []struct{ ID string }
		}

		read(s.service(place{item: i}), &doc)
		if doc.Image == nil {
			continue
		}

		uses[[2]string{doc.Image.ID, doc.Name}] = true

		if (doc.Manifest != nil && doc.Manifest.ID != doc.Image.Manifest.ID) || (doc.Manifest != nil && len(doc.Models) != len(doc.Manifest.ModelIDs)) {
			t.Errorf("service %d doesn't agree with its image: %+v", i, doc)
		}
	}

	for i := range a.Images {
		var doc image
		if read(s.image(place{item: i}), &doc); doc.Manifest != nil {
			uses[[2]string{doc.Manifest.ID, doc.ID}] = true
		}
	}

	for i := range a.Manifests {
		var doc manifest
		read(s.manifest(place{item: i}), &doc)
		for _, model := range doc.ModelIDs {
			uses[[2]string{model, doc.ID}] = true
		}
	}

	return uses
}

func TestTheDocumentsShowEachDependencyThatBlocks(t *testing.T) {
	for name, counts := range map[string][4]int{ // models, manifests, images, services
		"as many of each":         {4, 4, 4, 4},
		"more of what uses":       {2, 5, 7, 11},
		"less of what uses":       {9, 4, 3, 2},
		"one model":               {1, 3, 3, 3},
		"services without images": {3, 2, 0, 4},
		"images alone":            {0, 0, 3, 0},
		"manifests without model": {0, 2, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			account := testAccount()
			account.Models, account.Manifests, account.Images, account.Services = counts[0], counts[1], counts[2], counts[3]
			s := New(Options{Account: account})
			blocks := make(map[[2]string]bool)
			for i, kind := range []string{"model", "manifest", "image", "service"} {
				for item := range counts[i] {
					used := newThing(kind, place{item: item})
					for user := range account.usedBy(used) {
						pair := [2]string{account.nameOf(kind, used.at), account.nameOf(user.kind, user.at)}
						if blocks[pair] {
							t.Errorf("%v comes twice", pair)
						}
						blocks[pair] = true
					}
				}
			}

			if want := shown(t, s); !maps.Equal(blocks, want) {
				t.Errorf("blocks %v\nshown %v", blocks, want)
			}
		})
	}
}

func TestAContainerMayRefuseWhileItHoldsOthers(t *testing.T) {
	projects := func(workspace string) (paths []string) {
		for _, project := range []string{"0", "1", "2"} {
			paths = append(paths, testEA+"/workspaces/"+workspace+"/projects/project-0"+project+armVersion)
		}
		return paths
	}

	loose := []string{hosted("service", 0), hosted("service", 1), hosted("image", 0), hosted("image", 1), hosted("image", 2)}
	for _, manifest := range []int{0, 1, 2, 3} {
		loose = append(loose, hosted("manifest", manifest))
	}

	for model := range 40 {
		loose = append(loose, hosted("model", model))
	}

	tests := []struct {
		name, path string
		first      []string
	}{
		{"a workspace with projects", testWorkspace + armVersion, projects("workspace-00")},
		{"an account with workspaces", testEA + armVersion, append(append(projects("workspace-00"), projects("workspace-01")...), testWorkspace+armVersion, testEA+"/workspaces/workspace-01"+armVersion)},
		{"a hosting account with anything", testHosting + mmVersion, loose},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, Options{Account: looseAccount(), Deletion: Deletion{RefuseNested: true}})
			for _, inner := range test.first {
				answer := decode[struct{ Error struct{ Code string } }](t, f.delete(t, test.path), http.StatusConflict)
				if answer.Error.Code != "CannotDeleteResource" {
					t.Errorf("code %q", answer.Error.Code)
				}
				f.gone(t, inner)
			}

			f.gone(t, test.path)
		})
	}
}

func TestAnyThingKeepsAHostingAccountThatRefuses(t *testing.T) {
	for kind, only := range map[string]Account{
		"model": {Models: 1}, "manifest": {Manifests: 1}, "service": {Services: 1}, "image": {Images: 1},
	} {
		t.Run(kind, func(t *testing.T) {
			account := testAccount()
			account.Models, account.Manifests, account.Services, account.Images = only.Models, only.Manifests, only.Services, only.Images
			f := startFake(t, Options{Account: account, Deletion: Deletion{RefuseNested: true}})
			if g := f.delete(t, testHosting+mmVersion); g.status != http.StatusConflict || !strings.Contains(string(g.body), "such as a "+kind+".") {
				t.Errorf("status %d, body %s", g.status, g.body)
			}
			f.gone(t, hosted(kind, 0), testHosting+mmVersion)
		})
	}
}
