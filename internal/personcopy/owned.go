package personcopy

import (
	"encoding/json"
	"slices"
	"strings"

	"azureml-dsr/internal/azureml"
)

// owned are the items whose documents say that they are the subject's. What hangs on them,
// such as the metrics of a run, is the subject's too.
type owned struct {
	items hashSet
	// strangers are the runs of the first generation that are not the subject's. Models name
	// runs without their project, and a name counts only if no stranger's run has it.
	strangers hashSet
	// linked reports whether something was seen that is the subject's only by a link to an
	// item, so that the items have to be gone through once more.
	linked bool
}

func (o *owned) seal() {
	o.items.seal()
	o.strangers.seal()
}

// add notes an item that is the subject's.
func (o *owned) add(op azureml.Operation, target, item string) {
	o.items.add(itemKey(op, target, item))
	switch op.ID {
	case "E16":
		o.items.add(hashOf("run anywhere", item))
	case "W62i":
		o.items.add(modelKey(target, item))
	}
}

// addStranger notes an item that is not the subject's.
func (o *owned) addStranger(op azureml.Operation, item string) {
	if op.ID == "E16" {
		o.strangers.add(hashOf("run anywhere", item))
	}
}

// isSame reports whether another document, which says more of the same thing, makes it the
// subject's: a job's run, or what the model registry has of a model.
func (o *owned) isSame(u unit) bool {
	switch u.op.ID {
	case "W28", "W29":
		return o.items.has(runKey(u.target, u.item))
	case "W14", "W15":
		name, version, _ := strings.Cut(u.name(), "/")
		return o.items.has(modelKey(u.target, name+":"+version))
	}
	return false
}

// hangs reports whether a document without an owner belongs to an item of the subject's.
func (o *owned) hangs(u unit) bool {
	switch u.op.ID {
	case "E26":
		return true // it is asked for by the subject's object id
	case "E02", "E03", "E04", "E05", "E08", "E09", "E17", "W62", "W62i":
		return o.links(u)
	}
	return u.op.Of != "" && o.items.has(itemKey(u.op, u.target, u.item))
}

// links reports whether a document names the subject's run, or only models of theirs.
func (o *owned) links(u unit) bool {
	var named struct {
		RunID    string
		ModelIDs []string
		Manifest struct{ ModelIDs []string }
	}
	_ = json.Unmarshal(u.body, &named) // what can't be read names nothing

	run, models := named.RunID, slices.Concat(named.ModelIDs, named.Manifest.ModelIDs)
	switch {
	case u.op.ID == "E17":
		return run != "" && o.items.has(runKey(u.target, run))
	case strings.HasPrefix(u.op.ID, "W62"):
		o.linked = o.linked || run != ""
		return run != "" && o.items.has(runKey(u.target, run))
	case u.op.ID == "E02" || u.op.ID == "E03":
		o.linked = o.linked || run != ""
		key := hashOf("run anywhere", run)
		return run != "" && o.items.has(key) && !o.strangers.has(key)
	}

	model, _ := azureml.Find("E03")
	for _, id := range models {
		if !o.items.has(itemKey(model, u.target, id)) {
			return false
		}
	}
	return len(models) > 0
}

// itemKey names an item of a list in a place, also for what hangs on the item.
func itemKey(op azureml.Operation, target, item string) itemHash {
	if op.Shape == azureml.ItemEntry {
		item, _, _ = strings.Cut(item, "/")
	}
	list := op
	for of, ok := azureml.Find(list.Of); ok; of, ok = azureml.Find(list.Of) {
		list = of
	}
	if list.ID == "E14" || list.ID == "W52" {
		return runKey(target, item)
	}
	return hashOf(list.ID, strings.ToLower(target), item)
}

// runKey names a run, whose name is its own in a whole workspace.
func runKey(target, run string) itemHash {
	space, _, _ := strings.Cut(strings.ToLower(target), "/experimentids/")
	return hashOf("run", space, run)
}

// modelKey names a version of a registered model, as name:version.
func modelKey(target, model string) itemHash {
	return hashOf("model", strings.ToLower(target), model)
}
