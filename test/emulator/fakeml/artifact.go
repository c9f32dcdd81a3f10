package fakeml

const (
	artifactStorePath = "/artifact/v1.0" + projectPath
	artifactsPath     = artifactStorePath + "/artifacts"
)

// artifactRoutes are the rows of the artifact service.
func artifactRoutes() []route {
	return []route{
		{endpoint: "E21", plane: planeEXP, pattern: artifactStorePath + "/assets", list: (*Server).assets},
		{endpoint: "E22", plane: planeEXP, pattern: artifactsPath + "/origins/ExperimentRun/containers/{run}", list: (*Server).artifacts},
		{endpoint: "E23", plane: planeEXP, pattern: artifactsPath + "/contentinfo/ExperimentRun/{run}/{artifact...}", link: (*Server).contentInfo},
		{endpoint: "E25", plane: planeEXP, pattern: artifactStorePath + "/assets/name/{asset}", document: (*Server).asset},
	}
}

// artifacts is the list of a run's artifacts, of E19 and of E22.
func (s *Server) artifacts(at place) list {
	return list{total: s.account.ArtifactsPerRun, item: func(i int) []byte {
		at.artifact = i
		return s.account.artifactDocument(at)
	}}
}

// artifactDocument has the members of the published Artifact.
func (a *Account) artifactDocument(at place) []byte {
	run, path := a.RunID(at.ws, at.project, at.run), a.ArtifactPath(at.artifact)
	return []byte(object(at.artifact, rotate(at.artifact, []field{
		{"artifactId", text("ExperimentRun/" + run + "/" + path)},
		{"origin", text("ExperimentRun")},
		{"container", text(run)},
		{"path", text(path)},
		{"etag", text(a.etag(at))},
		{"createdTime", moment(at.run + 2)},
		{"dataPath", "null"},
	})...))
}

// contentInfo is the published ArtifactContentInformation; its link's signature
// is a secret.
func (s *Server) contentInfo(at place, link string) []byte {
	a := &s.account
	return []byte(object(at.artifact, rotate(at.artifact, []field{
		{"contentUri", text(link)},
		{"origin", text("ExperimentRun")},
		{"container", text(a.RunID(at.ws, at.project, at.run))},
		{"path", text(a.ArtifactPath(at.artifact))},
	})...))
}
