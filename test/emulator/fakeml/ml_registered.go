package fakeml

import "strconv"

// registeredModels lists the versions of all models, as the model registry knows
// them.
func (s *Server) registeredModels(at place) list {
	k, _ := s.account.kind("mlRegistered")
	l := listPlaces(s, k.count, func(i int) place {
		k.put(&at, i)
		return at
	}, (*Server).registeredModel)
	l.archived = func(i int) bool { return archived(l.place(i).entry) } // as the version is
	return l
}

// registeredModel has the members of the published Model, with the full record
// of who made it.
func (s *Server) registeredModel(at place) []byte {
	a := &s.account
	index := at.item + at.entry
	owner := a.owner("mlModelVersion", at)
	created := s.created("mlModelVersion", at, index)
	return []byte(object(index, rotate(index, []field{
		{"id", text(a.nameOf("mlRegistered", at))},
		{"name", text(a.nameOf("mlModel", onlyItem(at)))},
		{"version", strconv.Itoa(at.entry + 1)},
		{"description", "null"},
		{"url", text(a.signedBlob(at, hashText("mlModelVersion"), "model.pkl"))},
		{"mimeType", text("application/octet-stream")},
		{"createdTime", stamp(created)},
		{"modifiedTime", stamp(created)},
		{"createdBy", owner.record(0)},
		{"modifiedBy", owner.record(1)},
		{"kvTags", object(1, field{"team", text("größe/模型")})},
		{"properties", "{ }"},
		{"stage", "null"},
		{"isArchived", boolean(archived(at.entry))},
	})...))
}

func (s *Server) mlAssets(at place) list {
	return listOf(s, s.account.ML.Assets, at, (*Server).mlAsset)
}

// mlAsset has the members of the published Asset.
func (s *Server) mlAsset(at place) []byte {
	a := &s.account
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf(mlAsset, at))},
		{"name", text("asset " + strconv.Itoa(at.item))},
		{"description", "null"},
		{"artifacts", "[" + object(0, field{"id", text("LocalUpload/" + a.nameOf(mlAsset, at))}, field{"prefix", text("outputs/")}) + "]"},
		{"kvTags", object(1, field{"team", text("größe/模型")})},
		{"properties", "{ }"},
		{"createdTime", stamp(s.created(mlAsset, at, at.item))},
		{"createdBy", a.owner(mlAsset, at).record(2)},
	})...))
}
