package fakeml

import "net/http"

// mlNeverRoutes are calls that return secrets, or that delete all there is. They are
// answered, so that the log of served calls shows a client that makes one.
func mlNeverRoutes() []route {
	var rows []route
	for _, action := range []string{
		"/listKeys", "/listNotebookKeys", "/listNotebookAccessToken", "/listStorageAccountKeys", "/computes/{mlCompute}/listKeys",
		"/datastores/{mlDatastore}/listSecrets", "/connections/{mlConnection}/listsecrets",
		"/onlineEndpoints/{mlOnlineEndpoint}/listKeys", "/onlineEndpoints/{mlOnlineEndpoint}/token",
		"/batchEndpoints/{mlBatchEndpoint}/listkeys", "/serverlessEndpoints/{mlServerless}/listKeys",
	} {
		rows = append(rows, route{
			endpoint: "NEVER",
			plane:    planeARM,
			method:   http.MethodPost,
			pattern:  mlPath + action,
			lax:      true,
			second:   true,
		})
	}
	return append(rows, route{
		endpoint: "NEVER",
		plane:    planeML,
		method:   http.MethodDelete,
		pattern:  mlDatasetPath + "/datasets",
		lax:      true,
		second:   true,
	})
}
