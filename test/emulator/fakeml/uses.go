package fakeml

import "iter"

// What a model management account holds hangs together: a service runs an image,
// an image was built from a manifest, and a manifest names models. The documents
// say so by members that Microsoft's reference of the 2017 API gives them: image
// and manifest, the whole of each, and modelIds.

// modelsOf returns the models that a manifest names: two, where there are two.
func (a *Account) modelsOf(manifest int) []int {
	switch {
	case a.Models <= 0:
		return nil
	case a.Models == 1:
		return []int{0}
	}
	return []int{manifest % a.Models, (manifest + 1) % a.Models}
}

// usedBy yields what is made of a thing: the services of an image, the images of
// a manifest, the manifests of a model, and what keeps a job: that it runs. It
// looks at no document.
func (a *Account) usedBy(t thing) iter.Seq[thing] {
	return func(yield func(thing) bool) {
		every := func(user string, users, first, step int) bool {
			for i := first; i < users; i += step {
				if !yield(newThing(user, place{item: i})) {
					return false
				}
			}
			return true
		}
		switch t.kind {
		case "image":
			every("service", a.Services, t.at.item, a.Images)
		case "manifest":
			every("image", a.Images, t.at.item, a.Manifests)
		case mlRun:
			if a.runsAtFirst(t.at) {
				yield(newThing(mlRunning, t.at))
			}

		case "model":
			before := (t.at.item + a.Models - 1) % a.Models
			if every("manifest", a.Manifests, t.at.item, a.Models) && before != t.at.item {
				every("manifest", a.Manifests, before, a.Models)
			}
		}
	}
}

// contents yields the things that lie in a container, one level down.
func (a *Account) contents(t thing) iter.Seq[thing] {
	return func(yield func(thing) bool) {
		for _, inner := range containedIn(t.kind) {
			k, _ := a.kind(inner)
			for i := range k.count {
				at := t.at
				if k.put(&at, i); k.exists != nil && !k.exists(at) {
					continue
				}
				if x := newThing(inner, at); !yieldIn(t, x, yield) {
					return
				}
			}
		}
	}
}

// yieldIn yields a thing if it lies in the container.
func yieldIn(container, x thing, yield func(thing) bool) bool {
	in, ok := x.container()
	return !ok || in != container || yield(x)
}

// containedIn returns the kinds of what can lie in a thing of a kind.
func containedIn(kind string) []string {
	switch kind {
	case "experimentation":
		return []string{"workspace"}
	case "workspace":
		return []string{"project"}
	case "modelManagement":
		return []string{"model", "manifest", "service", "image"}
	}
	return mlContainedIn(kind)
}
