package fakeml

const (
	historyPath = "/history/v1.0" + projectPath
	runsPath    = historyPath + "/runs"
)

// historyRoutes are the rows of the run history. E24 is the same call as E19.
func historyRoutes() []route {
	return []route{
		{endpoint: "E14", plane: planeEXP, pattern: runsPath, list: (*Server).runs},
		{endpoint: "E15", plane: planeEXP, pattern: historyPath + "/experiments", list: (*Server).experiments},
		{endpoint: "E16", plane: planeEXP, pattern: runsPath + "/{run}", document: (*Server).run},
		{endpoint: "E17", plane: planeEXP, pattern: historyPath + "/runmetrics", list: (*Server).metrics},
		{endpoint: "E18", plane: planeEXP, pattern: historyPath + "/experiments/{experiment}", document: (*Server).experiment},
		{endpoint: "E19", plane: planeEXP, pattern: runsPath + "/{run}/artifacts", list: (*Server).artifacts},
		{endpoint: "E20", plane: planeEXP, pattern: runsPath + "/{run}/artifacturi", query: "name={artifact}", link: (*Server).artifactURI},
	}
}

func (s *Server) runs(at place) list {
	return list{total: s.account.Runs, item: func(i int) []byte {
		return s.run(place{ws: at.ws, project: at.project, run: i})
	}}
}

func (s *Server) run(at place) []byte {
	return s.account.runDocument(at)
}

func (s *Server) experiments(at place) list {
	return listOf(s, s.account.Experiments, at, (*Server).experiment)
}

func (s *Server) experiment(at place) []byte { return s.account.experimentDocument(at) }

func (s *Server) metrics(at place) list {
	return listOf(s, s.account.Metrics, at, func(s *Server, at place) []byte { return s.account.metricDocument(at) })
}

// artifactURI is a bare string: the signed link itself.
func (s *Server) artifactURI(_ place, link string) []byte { return []byte(text(link)) }
