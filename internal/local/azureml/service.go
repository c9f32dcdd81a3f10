package azureml

// serviceDocument has the members that Microsoft's reference of the 2017 API
// gives a ServiceResponse, with the models, the image and the manifest inside.
// Every other service has its keys, as later versions allow.
func (a *Account) serviceDocument(at place) []byte {
	name := a.nameOf("service", at)
	fields := []field{
		{"id", text(name)},
		{"name", text(name)},
		{"createdAt", moment(at.item)},
		{"updatedAt", moment(at.item + 3)},
		{"state", text("Succeeded")},
		{"scoringUri", text("https://scoring.example.com/api/v1/service/" + name + "/score")},
		{"computeResource", object(at.item+1, field{"id", text(a.groupID() + "/providers/Microsoft.MachineLearningCompute/operationalizationClusters/" + a.nameOf("cluster", place{}))}, field{"type", text("Cluster")})},
		{"image", a.imageDocument(place{item: at.item % max(a.Images, 1)})},
		{"manifest", a.manifestDocument(place{item: at.item % max(a.Manifests, 1)})},
		{"models", "[" + string(a.modelDocument(place{item: 1})) + "]"},
		{"appInsightsEnabled", "true"},
		{"numReplicas", "1"},
		{"error", "null"},
	}
	if at.item%2 == 0 {
		fields = append(fields, field{"keys", object(at.item+2, field{"primaryKey", text(a.secret(at, ofService))}, field{"secondaryKey", text(a.secret(at, ofService, 1))})})
	}
	return []byte(object(at.item, rotate(at.item, fields)...))
}
