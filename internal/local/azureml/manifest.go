package azureml

import "strconv"

// manifestDocument has the members that Microsoft's reference of the 2017 API
// gives a Manifest. The url of an asset is a signed link, which is a secret.
func (a *Account) manifestDocument(at place) string {
	return object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf("manifest", at))},
		{"name", text("manifest")},
		{"version", strconv.Itoa(at.item + 1)},
		{"description", text("Modèle de vente")},
		{"createdTime", moment(at.item)},
		{"modelIds", "[ " + text(a.ModelID(0)) + " ]"},
		{"modelType", text("Registered")},
		{"driverProgram", text("driver.py")},
		{"webserviceType", text("Realtime")},
		{"assets", "[" + object(at.item+1, field{"id", text("driver")}, field{"mimeType", text("application/x-python")}, field{"unpack", "false"},
			field{"url", text(a.signedBlob(at, ofManifest, "driver.py"))}) + "]"},
		{"targetRuntime", object(at.item+2, field{"runtimeType", text("Python")}, field{"properties", object(0, field{"pipRequirements", text("requirements.txt")})})},
	})...)
}

// imageDocument is likewise an Image; the link to its build log is signed, and
// the manifest inside has its own.
func (a *Account) imageDocument(at place) string {
	manifest := place{item: at.item % max(a.Manifests, 1)}
	return object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf("image", at))},
		{"name", text("image")},
		{"version", strconv.Itoa(at.item + 1)},
		{"description", "null"},
		{"createdTime", moment(at.item)},
		{"creationState", text("Succeeded")},
		{"imageType", text("Docker")},
		{"imageLocation", text("contoso.azurecr.io/image:" + strconv.Itoa(at.item+1))},
		{"imageBuildLogUri", text(a.signedBlob(at, ofImage, "build.log"))},
		{"computeResourceId", text(a.groupID() + "/providers/Microsoft.MachineLearningCompute/operationalizationClusters/" + a.nameOf("cluster", place{}))},
		{"manifest", a.manifestDocument(manifest)},
	})...)
}
