package fakeml

import (
	"fmt"
	"strconv"
	"strings"
)

// Kinds of the second generation that are no ARM resources of their own.
const (
	mlRun        = "mlRun"
	mlJob        = "mlJob" // a root run by the name of its job, which is the same
	mlExperiment = "mlExperiment"
	mlAsset      = "mlAsset"
	mlArtifacts  = "mlArtifacts" // what the data container of a run holds
	mlMetrics    = "mlMetrics"   // those of a run
	mlRunning    = "mlRunning"   // that a run runs, which a cancel ends
)

// mlKind returns what a variable of the second generation counts.
func (a *Account) mlKind(variable string) (kind, bool) {
	m := &a.ML
	if r, ok := mlByVariable[variable]; ok {
		return a.resourceKind(r), true
	}

	switch variable {
	case inRegistry:
		return kind{
			count:   m.Registries,
			put:     func(at *place, i int) { at.registry = i },
			index:   tail,
			anyCase: true,
			name:    func(at place) string { return a.RegistryName(at.registry) },
		}, true
	case mlExperiment:
		return kind{
			count: m.Experiments,
			put:   func(at *place, i int) { at.item = i },
			index: tail,
			name:  a.mlExperimentID,
		}, true
	case mlRun:
		return a.runKind(a.mlRunID, middle), true
	case mlJob:
		k := a.runKind(a.mlRunID, middle)
		k.exists = func(at place) bool { return at.descendant == 0 }
		return k, true

	case "dcid":
		return a.runKind(func(at place) string { return "dcid." + a.mlRunID(at) }, middle), true
	case "mlArtifact":
		return kind{
			count: m.ArtifactsPerRun,
			put:   putPart,
			index: beforeBin,
			name:  func(at place) string { return MLArtifactPath(at.part) },
		}, true
	case "mlMetric":
		return kind{
			count: m.Metrics,
			put:   putPart,
			index: metricIndex,
			name:  func(at place) string { return metricNamespace(at.part) + "/" + metricName(at.part) },
		}, true
	case "mlRegistered":
		return a.registeredKind(), true
	case mlAsset:
		return kind{
			count: m.Assets,
			put:   func(at *place, i int) { at.item = i },
			index: tail,
			name: func(at place) string {
				return fmt.Sprintf("%s-%012d", a.guid(ofAsset, ofML, uint64(at.ml))[:23], at.item)
			},
		}, true
	}

	return a.agentKind(variable)
}

func putPart(at *place, i int) { at.part = i }

// resourceKind counts ARM resources. Versions are named by their number.
func (a *Account) resourceKind(r *mlResource) kind {
	depth := r.depth()
	k := kind{
		count:   r.count(&a.ML),
		index:   middle,
		anyCase: true,
		put: func(at *place, i int) {
			switch depth {
			case 1:
				at.item = i
			case 2:
				at.entry = i
			default:
				at.part = i
			}
		},
	}

	domain := hashText(r.variable)
	k.name = func(at place) string {
		return fmt.Sprintf("%s-%06d-%08x", r.prefix, indexAt(at, depth), uint32(a.number(r.keep(at).parts(domain)...)))
	}

	if r.prefix == "" {
		k.name = func(at place) string { return strconv.Itoa(indexAt(at, depth) + 1) }
		k.index = before
	}

	return k
}

// indexAt is the index of what lies so deep.
func indexAt(at place, depth int) int { return [...]int{at.item, at.entry, at.part}[depth-1] }

// before is the number before a number; "" for what is none.
func before(number string) string {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return ""
	}
	return strconv.Itoa(n - 1)
}

// registeredKind counts the models of the model registry, which are the versions
// of models, by names of their own.
func (a *Account) registeredKind() kind {
	m := &a.ML
	return kind{
		count: m.Models * m.Versions,
		put:   func(at *place, i int) { at.item, at.entry = i/m.Versions, i%m.Versions },
		name:  func(at place) string { return a.nameOf("mlModel", onlyItem(at)) + ":" + strconv.Itoa(at.entry+1) },
		index: func(id string) string {
			name, version, _ := strings.Cut(id, ":")
			item, ok := find(middle(name), m.Models)
			entry, ok2 := find(before(version), m.Versions)
			if !ok || !ok2 {
				return ""
			}
			return strconv.Itoa(item*m.Versions + entry)
		},
	}
}

func onlyItem(at place) place { return place{ml: at.ml, item: at.item} }
