package azureml

const modelsPath = "/api" + resourceGroupPath + "/accounts/{modelManagement}/models"

// modelManagementRoutes are the rows of the model management plane.
func modelManagementRoutes() []route {
	return []route{
		{endpoint: "E02", plane: planeMM, version: modelManagementVersion, pattern: modelsPath, list: (*Server).models},
		{endpoint: "E03", plane: planeMM, version: modelManagementVersion, pattern: modelsPath + "/{model}", document: (*Server).model},
	}
}

func (s *Server) models(place) list {
	return list{s.account.Models, func(i int) []byte { return s.model(place{model: i}) }}
}

func (s *Server) model(at place) []byte {
	return s.account.modelDocument(at)
}
