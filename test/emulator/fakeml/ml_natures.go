package fakeml

// mlNature is natureOf for the second generation.
func mlNature(kind string) (nature, bool) {
	run := func(at place) place {
		return place{
			ml:         at.ml,
			item:       at.item,
			entry:      at.entry,
			descendant: at.descendant,
		}
	}
	switch kind {
	case inWorkspace:
		return nature{keep: func(at place) place { return place{ml: at.ml} }}, true
	case inRegistry:
		return nature{keep: func(at place) place { return place{registry: at.registry} }}, true
	case mlExperiment:
		return nature{in: inWorkspace, keep: onlyItem, emptied: true}, true
	case mlAsset:
		return nature{in: inWorkspace, keep: onlyItem}, true
	case mlRun:
		return nature{in: mlExperiment, keep: run}, true
	case mlArtifacts, mlMetrics, mlRunning:
		return nature{in: mlRun, keep: run}, true
	}

	if n, ok := agentNature(kind); ok {
		return n, true
	}

	r, ok := mlByVariable[kind]
	if !ok || r.deletes == not {
		return nature{}, false
	}

	return nature{in: r.in, keep: r.keep, emptied: r.emptied}, true
}

// keep leaves of a place what says where a resource is.
func (r *mlResource) keep(at place) place {
	kept := place{ml: at.ml, item: at.item}
	if r.inRegistry() {
		kept = place{registry: at.registry, item: at.item}
	}
	if r.depth() >= 2 {
		kept.entry = at.entry
	}
	if r.depth() == 3 {
		kept.part = at.part
	}
	return kept
}

// mlContainedIn is containedIn for the second generation. What hangs on a run
// goes with it and keeps nobody from anything.
func mlContainedIn(kind string) []string {
	var kinds []string
	switch kind {
	case inWorkspace:
		kinds = []string{mlExperiment, mlAsset, agentThread, agentOf, agentFile, vectorStore}
	case inRegistry:
		kinds = []string{template}
	case template:
		return []string{templateVersion}
	case mlExperiment:
		return []string{mlRun}
	}

	for i := range mlResources {
		if r := &mlResources[i]; r.in == kind && r.deletes != not {
			kinds = append(kinds, r.variable)
		}
	}

	return kinds
}
