package azureml

const runsPath = "/history/v1.0" + projectPath + "/runs"

// historyRoutes are the rows of the run history. E24 is the same call as E19.
func historyRoutes() []route {
	return []route{
		{endpoint: "E14", plane: planeEXP, pattern: runsPath, list: (*Server).runs},
		{endpoint: "E16", plane: planeEXP, pattern: runsPath + "/{run}", document: (*Server).run},
		{endpoint: "E19", plane: planeEXP, pattern: runsPath + "/{run}/artifacts", list: (*Server).artifacts},
	}
}

func (s *Server) runs(at place) list {
	return list{s.account.Runs, func(i int) []byte {
		return s.run(place{ws: at.ws, project: at.project, run: i})
	}}
}

func (s *Server) run(at place) []byte {
	return s.account.runDocument(at)
}
