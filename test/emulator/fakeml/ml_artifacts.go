package fakeml

const mlContentPath = "/_content/ml/{machineLearning}/{mlRun}/{mlArtifact...}"

// mlArtifactList lists a run's artifacts, of the history and of the store.
func (s *Server) mlArtifactList(at place) list {
	return listPlaces(s, s.account.ML.ArtifactsPerRun, func(i int) place {
		at.part = i
		return at
	}, (*Server).mlArtifact)
}

// mlArtifact has the members of the published Artifact.
func (s *Server) mlArtifact(at place) []byte {
	a := &s.account
	container, path := "dcid."+a.mlRunID(at), MLArtifactPath(at.part)
	return []byte(object(at.part, rotate(at.part, []field{
		{"artifactId", text("ExperimentRun/" + container + "/" + path)},
		{"origin", text("ExperimentRun")},
		{"container", text(container)},
		{"path", text(path)},
		{"etag", text(a.etag(at))},
		{"createdTime", moment(a.runMinute(at) + 2)},
		{"dataPath", "null"},
		{"tags", "{ }"},
	})...))
}

// mlContentInfo is the published ArtifactContentInformation.
func (s *Server) mlContentInfo(at place, link string) []byte {
	a := &s.account
	return []byte(object(at.part, rotate(at.part, []field{
		{"contentUri", text(link)},
		{"origin", text("ExperimentRun")},
		{"container", text("dcid." + a.mlRunID(at))},
		{"path", text(MLArtifactPath(at.part))},
		{"tags", "null"},
	})...))
}
