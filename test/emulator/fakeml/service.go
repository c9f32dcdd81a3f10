package fakeml

import (
	"strings"
	"time"
)

// service has the members that Microsoft's reference of the 2017 API gives a
// ServiceResponse, with the models, the image and the manifest inside, and the
// kvTags of later versions. Every other service has its keys, as those allow.
func (s *Server) service(at place) []byte {
	a := &s.account
	name := a.nameOf("service", at)
	created := s.created("service", at, at.item)
	image, manifest, models := s.madeOf(at.item)
	fields := []field{
		{"id", text(name)},
		{"name", text(name)},
		{"createdAt", stamp(created)},
		{"updatedAt", stamp(created.Add(3 * time.Minute))},
		{"state", text("Succeeded")},
		{"scoringUri", text("https://scoring.example.com/api/v1/service/" + name + "/score")},
		{"computeResource", object(at.item+1, field{"id", text(a.groupID() + "/providers/Microsoft.MachineLearningCompute/operationalizationClusters/" + a.nameOf("cluster", place{}))}, field{"type", text("Cluster")})},
		{"image", image},
		{"manifest", manifest},
		{"models", models},
		{"kvTags", a.ownerTags(at.item+3, ofService, at)},
		{"appInsightsEnabled", "true"},
		{"numReplicas", "1"},
		{"error", "null"},
	}
	if at.item%2 == 0 {
		fields = append(fields, field{"keys", object(at.item+2, field{"primaryKey", text(a.secret(at, ofService))}, field{"secondaryKey", text(a.secret(at, ofService, 1))})})
	}

	return []byte(object(at.item, rotate(at.item, fields)...))
}

// madeOf returns the documents inside a service's: its image, that image's
// manifest, and that manifest's models; null where an account has none.
func (s *Server) madeOf(service int) (image, manifest, models string) {
	a := &s.account
	if a.Images <= 0 {
		return "null", "null", "[ ]"
	}

	at := place{item: service % a.Images}
	image, manifest = string(s.image(at)), s.manifestOf(at.item)
	if manifest == "null" {
		return image, manifest, "[ ]"
	}

	var inside []string
	for _, model := range a.modelsOf(at.item % a.Manifests) {
		inside = append(inside, string(s.model(place{item: model})))
	}

	return image, manifest, "[" + strings.Join(inside, ",") + "]"
}
