package azureml

const accountPath = "/api" + resourceGroupPath + "/accounts/{modelManagement}"

// modelManagementRoutes are the rows of the model management plane.
func modelManagementRoutes() []route {
	rows := []route{
		{endpoint: "E02", pattern: "/models", list: (*Server).models},
		{endpoint: "E03", pattern: "/models/{model}", document: (*Server).model},
		{endpoint: "E04", pattern: "/manifests", list: (*Server).manifests},
		{endpoint: "E05", pattern: "/manifests/{manifest}", document: (*Server).manifest},
		{endpoint: "E06", pattern: "/services", list: (*Server).services},
		{endpoint: "E07", pattern: "/services/{service}", document: (*Server).service},
		{endpoint: "E08", pattern: "/images", list: (*Server).images},
		{endpoint: "E09", pattern: "/images/{image}", document: (*Server).image},
	}
	for i := range rows {
		rows[i].plane, rows[i].version, rows[i].pattern = planeMM, modelManagementVersion, accountPath+rows[i].pattern
	}
	return rows
}

func (s *Server) models(at place) list { return listOf(s, s.account.Models, at, (*Server).model) }

func (s *Server) model(at place) []byte { return s.account.modelDocument(at) }

func (s *Server) manifests(at place) list {
	return listOf(s, s.account.Manifests, at, (*Server).manifest)
}

func (s *Server) manifest(at place) []byte { return []byte(s.account.manifestDocument(at)) }

func (s *Server) services(at place) list { return listOf(s, s.account.Services, at, (*Server).service) }

func (s *Server) service(at place) []byte { return s.account.serviceDocument(at) }

func (s *Server) images(at place) list { return listOf(s, s.account.Images, at, (*Server).image) }

func (s *Server) image(at place) []byte { return []byte(s.account.imageDocument(at)) }
