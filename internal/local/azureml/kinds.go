package azureml

import (
	"fmt"
	"strings"
)

// kind is a sort of resource that a path names by a variable of its own: how
// many there are, the name of one, and where its index stands in the name.
type kind struct {
	variable string
	count    int
	name     func(place) string
	index    func(name string) string
}

// kinds are the resources that have an index of their own, place.item.
func (a *Account) kinds() []kind {
	named := func(prefix string, domain uint64) func(place) string {
		return func(at place) string {
			return fmt.Sprintf("%s-%06d-%08x", prefix, at.item, uint32(a.number(at.parts(domain)...)))
		}
	}
	return []kind{
		{"model", a.Models, func(at place) string { return a.ModelID(at.item) }, middle},
		{"manifest", a.Manifests, named("manifest", ofManifest), middle},
		{"service", a.Services, named("service", ofService), middle},
		{"image", a.Images, named("image", ofImage), middle},
		{"compute", a.Computes, named("compute", ofCompute), middle},
		{"cluster", a.Clusters, named("cluster", ofCluster), middle},
		{"experiment", a.Experiments, a.experimentID, tail},
		{"asset", a.Assets, named("trained model é/+", ofAsset), middle},
	}
}

func (a *Account) kind(variable string) (kind, bool) {
	for _, k := range a.kinds() {
		if k.variable == variable {
			return k, true
		}
	}
	return kind{}, false
}

// nameOf is the name of what a variable of a path leads to.
func (a *Account) nameOf(variable string, at place) string {
	k, _ := a.kind(variable)
	return k.name(at)
}

// ModelID returns the id of a model, counted from 0. Five of every twenty need
// escaping in a path: they hold a blank, a percent sign, what looks like an
// escape, a plus sign, or letters outside ASCII.
func (a *Account) ModelID(model int) string {
	prefix := "model-"
	switch model % 20 {
	case 3:
		prefix = "model of sales "
	case 7:
		prefix = "100% model-"
	case 11:
		prefix = "model%20%2F-"
	case 13:
		prefix = "model+plus-"
	case 17:
		prefix = "modèle-模型-"
	}
	return fmt.Sprintf("%s%06d-%08x", prefix, model, uint32(a.number(ofModel, uint64(model))))
}

// experimentID is a GUID whose last twelve digits are the experiment's number.
func (a *Account) experimentID(at place) string {
	project := a.guid(ofExperiment, uint64(at.ws), uint64(at.project))
	return fmt.Sprintf("%s-%012d", project[:strings.LastIndexByte(project, '-')], at.item)
}
