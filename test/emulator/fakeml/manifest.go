package fakeml

import (
	"strconv"
	"strings"
)

// manifest has the members that Microsoft's reference of the 2017 API gives a
// Manifest, and the kvTags that later versions give images and services. The url
// of an asset is a signed link, which is a secret.
func (s *Server) manifest(at place) []byte {
	a := &s.account
	ids := make([]string, 0, 2)
	for _, model := range a.modelsOf(at.item) {
		ids = append(ids, text(a.ModelID(model)))
	}

	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf("manifest", at))},
		{"name", text("manifest")},
		{"version", strconv.Itoa(at.item + 1)},
		{"description", text("Modèle de vente")},
		{"createdTime", stamp(s.created("manifest", at, at.item))},
		{"modelIds", "[ " + strings.Join(ids, ", ") + " ]"},
		{"modelType", text("Registered")},
		{"driverProgram", text("driver.py")},
		{"webserviceType", text("Realtime")},
		{"assets", "[" + object(at.item+1, field{"id", text("driver")}, field{"mimeType", text("application/x-python")}, field{"unpack", "false"},
			field{"url", text(a.signedBlob(at, ofManifest, "driver.py"))}) + "]"},
		{"targetRuntime", object(at.item+2, field{"runtimeType", text("Python")}, field{"properties", object(0, field{"pipRequirements", text("requirements.txt")})})},
		{"kvTags", a.ownerTags(at.item+3, ofManifest, at)},
	})...))
}

// image is likewise an Image; the link to its build log is signed, and the
// manifest inside has its own.
func (s *Server) image(at place) []byte {
	a := &s.account
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf("image", at))},
		{"name", text("image")},
		{"version", strconv.Itoa(at.item + 1)},
		{"description", "null"},
		{"createdTime", stamp(s.created("image", at, at.item))},
		{"creationState", text("Succeeded")},
		{"imageType", text("Docker")},
		{"imageLocation", text("contoso.azurecr.io/image:" + strconv.Itoa(at.item+1))},
		{"imageBuildLogUri", text(a.signedBlob(at, ofImage, "build.log"))},
		{"computeResourceId", text(a.groupID() + "/providers/Microsoft.MachineLearningCompute/operationalizationClusters/" + a.nameOf("cluster", place{}))},
		{"manifest", s.manifestOf(at.item)},
		{"kvTags", a.ownerTags(at.item+1, ofImage, at)},
	})...))
}

// manifestOf is the manifest that an image was built from; null without any.
func (s *Server) manifestOf(image int) string {
	if s.account.Manifests <= 0 {
		return "null"
	}
	return string(s.manifest(place{item: image % s.account.Manifests}))
}
