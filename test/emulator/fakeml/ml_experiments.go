package fakeml

func (s *Server) mlExperiments(at place) list {
	return listOf(s, s.account.ML.Experiments, at, (*Server).mlExperiment)
}

// mlExperiment has the members of the published Experiment of today; it names
// nobody.
func (s *Server) mlExperiment(at place) []byte {
	a := &s.account
	archivedTime := "null"
	if archived(at.item) {
		archivedTime = moment(at.item)
	}

	at.entry = 0

	return []byte(object(at.item, rotate(at.item, []field{
		{"experimentId", text(a.mlExperimentID(at))},
		{"name", text(experimentName(at.item))},
		{"description", "null"},
		{"createdUtc", stamp(s.created(mlExperiment, at, at.item))},
		{"tags", object(at.item+1, field{"team", text("größe/模型")})},
		{"archivedTime", archivedTime},
		{"latestCreatedRunId", text(a.mlRunID(at))},
		{"artifactLocation", text("azureml://artifact")},
		{"retainForLifetimeOfWorkspace", "false"},
	})...))
}

// mlRuns lists the runs of an experiment: the roots, and their descendants where
// the account says so.
func (s *Server) mlRuns(at place) list {
	a := &s.account
	if !a.ML.ChildrenInQuery {
		return listPlaces(s, a.ML.RunsPerExperiment, func(i int) place {
			at.entry = i
			return at
		}, (*Server).mlRunDocument)
	}

	l := listPlaces(s, a.ML.RunsPerExperiment*a.tree(), func(i int) place {
		at.entry, at.descendant = i/a.tree(), i%a.tree()
		return at
	}, (*Server).mlRunDocument)

	l.gone = func(i int) bool {
		p := l.place(i)
		return p.descendant > 0 && !a.isPipeline(p)
	}

	return l
}

// childRuns lists the children of a run.
func (s *Server) childRuns(at place) list {
	children := s.account.children(at)
	return listPlaces(s, len(children), func(i int) place {
		at.descendant = children[i]
		return at
	}, (*Server).mlRunDocument)
}
