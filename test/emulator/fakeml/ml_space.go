package fakeml

import "strings"

// isProject reports whether a workspace is an AI project, and isHub whether it is the
// hub of those that are.
func (a *Account) isProject(ml int) bool {
	return ml > 0 && ml >= a.MachineLearningWorkspaces-a.ML.Projects
}

func (a *Account) isHub(ml int) bool { return ml == 0 && a.ML.Projects > 0 }

// mlSpaceKind is the kind of a workspace, as its document has it.
func (a *Account) mlSpaceKind(ml int) string {
	switch {
	case a.isHub(ml):
		return "Hub"
	case a.isProject(ml):
		return "Project"
	}
	return "Default"
}

// spaceProperties say of a hub which projects it has, and of a project which hub and
// where its agents are.
func (a *Account) spaceProperties(ml int) []field {
	switch {
	case a.isHub(ml):
		var projects []string
		for i := range a.MachineLearningWorkspaces {
			if a.isProject(i) {
				projects = append(projects, text(a.resourceID(mlPath, place{ml: i})))
			}
		}
		return []field{{"associatedWorkspaces", "[" + strings.Join(projects, ",") + "]"}}

	case a.isProject(ml):
		return []field{
			{"hubResourceId", text(a.resourceID(mlPath, place{}))},
			{"agentsEndpointUri", text(originMark + a.fill(agentsPath, place{ml: ml}))},
		}
	}
	return nil
}
