package fakeml

import (
	"fmt"
	"strings"
)

// RegistryName returns the name of a registry, counted from 0.
func (a *Account) RegistryName(registry int) string {
	return fmt.Sprintf("registry-%02d", registry)
}

// MLResourceName returns the name of an ARM resource of the second generation by
// the id of its item's row, such as "W05": of those in workspace ws, or for W66
// in registry ws, the one with this index. Where it lies in others, their indexes
// come first: a feature is at (feature set, version, feature).
func (a *Account) MLResourceName(row string, ws int, indexes ...int) string {
	for i := range mlResources {
		if r := &mlResources[i]; r.item == row {
			return a.nameOf(r.variable, r.placeOf(ws, indexes))
		}
	}
	return ""
}

func (r *mlResource) placeOf(ws int, indexes []int) place {
	at := place{ml: ws}
	if r.inRegistry() {
		at = place{registry: ws}
	}
	for depth, i := range indexes {
		*[...]*int{&at.item, &at.entry, &at.part}[depth] = i
	}
	return at
}

// MLExperimentID returns the id of an experiment, counted from 0.
func (a *Account) MLExperimentID(ws, experiment int) string {
	return a.mlExperimentID(place{ml: ws, item: experiment})
}

func (a *Account) mlExperimentID(at place) string {
	workspace := a.guid(ofExperiment, ofML, uint64(at.ml))
	return fmt.Sprintf("%s-%012d", workspace[:strings.LastIndexByte(workspace, '-')], at.item)
}

// MLRunID returns the id of a root run, which is the name of its job too.
func (a *Account) MLRunID(ws, experiment, run int) string {
	return a.mlRunID(place{ml: ws, item: experiment, entry: run})
}

// MLChildRunID returns the id of a child of a pipeline, counted from 0.
func (a *Account) MLChildRunID(ws, experiment, run, child int) string {
	return a.mlRunID(place{
		ml:         ws,
		item:       experiment,
		entry:      run,
		descendant: childAt(child),
	})
}

// MLGrandchildRunID returns the id of one of the two children of the first child
// of a pipeline, counted from 0.
func (a *Account) MLGrandchildRunID(ws, experiment, run, grandchild int) string {
	return a.mlRunID(place{
		ml:         ws,
		item:       experiment,
		entry:      run,
		descendant: firstGrandchild + grandchild,
	})
}

func (a *Account) mlRunID(at place) string {
	at.part = 0
	return fmt.Sprintf("run_ml-%06d-%08x", a.runNumber(at), uint32(a.number(at.parts(ofMLRun)...)))
}

// MLArtifactPath returns the path of an artifact of any run of the second
// generation, counted from 0. Some have folders, blanks, signs that a URL gives a
// meaning, and letters outside ASCII.
func MLArtifactPath(artifact int) string {
	folders := [...]string{"outputs", "user_logs/std log", "outputs/50%/#1", "outputs/模型/Größe", "logs/a+b&c=d"}
	return fmt.Sprintf("%s/artifact-%06d.bin", folders[artifact%len(folders)], artifact)
}

// metricName is shared by the first two metrics, which differ in their namespaces.
func metricName(metric int) string {
	if metric < 2 {
		return "accuracy"
	}
	return fmt.Sprintf("loss-%06d", metric)
}

func metricNamespace(metric int) string {
	if metric == 1 {
		return "validation"
	}
	return "training"
}

func metricIndex(name string) string {
	switch name {
	case "training/accuracy":
		return "0"
	case "validation/accuracy":
		return "1"
	}
	return tail(name)
}
