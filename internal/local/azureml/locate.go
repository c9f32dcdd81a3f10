package azureml

import (
	"strconv"
	"strings"
)

// locate finds what the variables of a path name. Names of resources are
// compared without case, as Azure does; ids and artifact paths exactly. The
// index is read from the name and the name made again from it, so that looking
// up costs the same in any account.
func (a *Account) locate(vars map[string]string) (place, bool) {
	var at place
	for name, value := range vars {
		if !a.locateOne(&at, name, value) {
			return place{}, false
		}
	}
	// The ids below depend on their project, so they can be checked only now.
	if id, ok := vars["run"]; ok && id != a.RunID(at.ws, at.project, at.run) {
		return place{}, false
	}
	for _, k := range a.kinds() {
		if id, ok := vars[k.variable]; ok && id != k.name(at) {
			return place{}, false
		}
	}
	return at, true
}

func (a *Account) locateOne(at *place, name, value string) bool {
	switch name {
	case "subscription":
		return strings.EqualFold(value, a.SubscriptionID)
	case "resourceGroup":
		return strings.EqualFold(value, a.ResourceGroup)
	case "experimentation":
		return strings.EqualFold(value, a.Experimentation)
	case "modelManagement":
		return strings.EqualFold(value, a.ModelManagement)
	case "location":
		return strings.EqualFold(value, a.Location)
	case "operation":
		return true // deletions know their ids
	case "subject":
		return strings.EqualFold(value, a.subject())
	case "workspace":
		return find(&at.ws, tail(value), a.Workspaces) && strings.EqualFold(value, a.WorkspaceName(at.ws))
	case "project":
		return find(&at.project, tail(value), a.Projects) && strings.EqualFold(value, a.ProjectName(at.project))
	case "machineLearning":
		return find(&at.ml, tail(value), a.MachineLearningWorkspaces) && strings.EqualFold(value, a.MachineLearningName(at.ml))
	case "run":
		return find(&at.run, middle(value), a.Runs)
	case "artifact":
		number := tail(strings.TrimSuffix(value, ".bin"))
		return find(&at.artifact, number, a.ArtifactsPerRun) && value == a.ArtifactPath(at.artifact)
	}
	k, ok := a.kind(name)
	return ok && find(&at.item, k.index(value), k.count)
}

// tail returns what follows the last hyphen.
func tail(s string) string {
	return s[strings.LastIndexByte(s, '-')+1:]
}

// middle returns the number before the last hyphen: of "run-000017-0a1b2c3d"
// it is "000017".
func middle(s string) string {
	end := strings.LastIndexByte(s, '-')
	if end < 0 {
		return ""
	}
	start := strings.LastIndexAny(s[:end], "- ") + 1
	return s[start:end]
}

// find reads an index below count.
func find(to *int, digits string, count int) bool {
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n >= uint64(max(count, 0)) {
		return false
	}
	*to = int(n)
	return true
}
