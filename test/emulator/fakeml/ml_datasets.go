package fakeml

import "strconv"

func (s *Server) datasets(at place) list {
	return listOf(s, s.account.ML.Datasets, at, func(s *Server, at place) []byte {
		a := &s.account
		owner := a.Creator(at.item)
		return []byte(object(at.item, rotate(at.item, []field{
			{"datasetId", text(a.guid(ofData, uint64(at.ml), uint64(at.item)))},
			{"name", text("dataset " + strconv.Itoa(at.item))},
			{"createdTime", moment(at.item)},
			{"createdBy", owner.record(0)},
			{"modifiedBy", owner.record(1)},
			{"datasetType", text("tabular")},
			{"isVisible", "true"},
			{"tags", "{ }"},
		})...))
	})
}

// dataContainers are the data of W08 with the full record of who made them.
func (s *Server) dataContainers(at place) list {
	return listOf(s, s.account.ML.Data, at, func(s *Server, at place) []byte {
		a := &s.account
		latest := at
		latest.entry = max(a.ML.Versions-1, 0)
		return []byte(object(at.item, rotate(at.item, []field{
			{"name", text(a.nameOf("mlData", at))},
			{"dataType", text("UriFolder")},
			{"entityMetadata", s.entityMetadata("mlData", at)},
			{"latestVersion", object(1, field{"dataVersion", dataVersion(latest)}, field{"entityMetadata", s.entityMetadata("mlDataVersion", latest)})},
		})...))
	})
}

// dataVersions are likewise the versions of W10.
func (s *Server) dataVersions(at place) list {
	return listPlaces(s, s.account.ML.Versions, func(i int) place {
		at.entry = i
		return at
	}, func(s *Server, at place) []byte {
		return []byte(object(at.entry, rotate(at.entry, []field{
			{"dataVersion", dataVersion(at)},
			{"entityMetadata", s.entityMetadata("mlDataVersion", at)},
			{"isArchived", "false"},
		})...))
	})
}

func dataVersion(at place) string {
	return object(2, field{"versionId", text(strconv.Itoa(at.entry + 1))}, field{"dataUri", text("azureml://datastores/workspaceblobstore/paths/Users/dana/data")}, field{"dataType", text("UriFolder")})
}

func (s *Server) entityMetadata(kind string, at place) string {
	owner := s.account.owner(kind, at)
	created := stamp(s.created(kind, at, at.item+at.entry))
	return object(at.item,
		field{"etag", text(strconv.Itoa(at.item))},
		field{"createdTime", created},
		field{"modifiedTime", created},
		field{"createdBy", owner.record(0)},
		field{"modifiedBy", owner.record(1)},
	)
}
