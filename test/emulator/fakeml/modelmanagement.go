package fakeml

const accountPath = "/api" + resourceGroupPath + "/accounts/{modelManagement}"

// modelManagementRoutes are the rows of the model management plane.
func modelManagementRoutes() []route {
	rows := []route{
		{endpoint: "E02", pattern: "/models", list: (*Server).models, items: "model"},
		{endpoint: "E03", pattern: "/models/{model}", document: (*Server).model},
		{endpoint: "E04", pattern: "/manifests", list: (*Server).manifests, items: "manifest"},
		{endpoint: "E05", pattern: "/manifests/{manifest}", document: (*Server).manifest},
		{endpoint: "E06", pattern: "/services", list: (*Server).services, items: "service"},
		{endpoint: "E07", pattern: "/services/{service}", document: (*Server).service},
		{endpoint: "E08", pattern: "/images", list: (*Server).images, items: "image"},
		{endpoint: "E09", pattern: "/images/{image}", document: (*Server).image},
		{endpoint: "D02", pattern: "/models/{model}", deletes: true},
		{endpoint: "D03", pattern: "/manifests/{manifest}", deletes: true},
		{endpoint: "D04", pattern: "/services/{service}", deletes: true},
		{endpoint: "D05", pattern: "/images/{image}", deletes: true},
	}
	for i := range rows {
		rows[i].plane, rows[i].version, rows[i].pattern = planeMM, modelManagementVersion, accountPath+rows[i].pattern
		rows[i].operations = modelOperations
	}
	return rows
}

func (s *Server) models(at place) list { return listOf(s, s.account.Models, at, (*Server).model) }

func (s *Server) manifests(at place) list {
	return listOf(s, s.account.Manifests, at, (*Server).manifest)
}

func (s *Server) services(at place) list { return listOf(s, s.account.Services, at, (*Server).service) }

func (s *Server) images(at place) list { return listOf(s, s.account.Images, at, (*Server).image) }
