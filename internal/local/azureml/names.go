package azureml

import (
	"fmt"
	"strconv"
	"strings"
)

// WorkspaceName returns the name of a workspace, counted from 0.
func (a *Account) WorkspaceName(ws int) string {
	return fmt.Sprintf("workspace-%02d", ws)
}

// ProjectName returns the name of a project of any workspace, counted from 0.
func (a *Account) ProjectName(project int) string {
	return fmt.Sprintf("project-%02d", project)
}

// RunID returns the id of a run; all three are counted from 0. Ids differ
// between projects and between seeds.
func (a *Account) RunID(ws, project, run int) string {
	mark := uint32(a.number(ofRun, uint64(ws), uint64(project), uint64(run)))
	return fmt.Sprintf("run-%06d-%08x", run, mark)
}

// ModelID returns the id of a model, counted from 0. Five of every twenty need
// escaping in a path: they hold a blank, a percent sign, what looks like an
// escape, a plus sign, or letters outside ASCII.
func (a *Account) ModelID(model int) string {
	prefix := "model-"
	switch model % 20 {
	case 3:
		prefix = "model of sales "
	case 7:
		prefix = "100% model-"
	case 11:
		prefix = "model%20%2F-"
	case 13:
		prefix = "model+plus-"
	case 17:
		prefix = "modèle-模型-"
	}
	return fmt.Sprintf("%s%06d-%08x", prefix, model, uint32(a.number(ofModel, uint64(model))))
}

// ArtifactPath returns the path of an artifact of any run, counted from 0. Some
// have folders, blanks, percent and plus signs, and letters outside ASCII.
func (a *Account) ArtifactPath(artifact int) string {
	folders := [...]string{"outputs", "azureml-logs/worker", "outputs/Größe 50%", "outputs/a+b"}
	return fmt.Sprintf("%s/artifact-%06d.bin", folders[artifact%len(folders)], artifact)
}

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
	// A run's id depends on its project, so it can be checked only now.
	if id, ok := vars["run"]; ok && id != a.RunID(at.ws, at.project, at.run) {
		return place{}, false
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
	case "workspace":
		return find(&at.ws, tail(value), a.Workspaces) && strings.EqualFold(value, a.WorkspaceName(at.ws))
	case "project":
		return find(&at.project, tail(value), a.Projects) && strings.EqualFold(value, a.ProjectName(at.project))
	case "run":
		return find(&at.run, middle(value), a.Runs)
	case "model":
		return find(&at.model, middle(value), a.Models) && value == a.ModelID(at.model)
	case "artifact":
		number := tail(strings.TrimSuffix(value, ".bin"))
		return find(&at.artifact, number, a.ArtifactsPerRun) && value == a.ArtifactPath(at.artifact)
	}
	return false
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
