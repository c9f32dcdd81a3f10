package fakeml

import "fmt"

// WorkspaceName returns the name of a workspace, counted from 0.
func (a *Account) WorkspaceName(ws int) string {
	return fmt.Sprintf("workspace-%02d", ws)
}

// ProjectName returns the name of a project of any workspace, counted from 0.
func (a *Account) ProjectName(project int) string {
	return fmt.Sprintf("project-%02d", project)
}

// MachineLearningName returns the name of a machine learning workspace, counted
// from 0.
func (a *Account) MachineLearningName(workspace int) string {
	return fmt.Sprintf("ml-%02d", workspace)
}

// RunID returns the id of a run; all three are counted from 0. Ids differ
// between projects and between seeds.
func (a *Account) RunID(ws, project, run int) string {
	mark := uint32(a.number(ofRun, uint64(ws), uint64(project), uint64(run)))
	return fmt.Sprintf("run-%06d-%08x", run, mark)
}

// ArtifactPath returns the path of an artifact of any run, counted from 0. Some
// have folders, blanks, percent and plus signs, and letters outside ASCII.
func (a *Account) ArtifactPath(artifact int) string {
	folders := [...]string{"outputs", "azureml-logs/worker", "outputs/Größe 50%", "outputs/a+b"}
	return fmt.Sprintf("%s/artifact-%06d.bin", folders[artifact%len(folders)], artifact)
}
