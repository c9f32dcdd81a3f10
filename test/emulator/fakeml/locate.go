package fakeml

import (
	"strconv"
	"strings"
)

// locate finds what the variables of a path name. Names of resources are
// compared without case, as Azure does; ids and artifact paths exactly. The
// index is read from the name, and the name is made again from it, so that a look-up
// costs the same in any account.
func (a *Account) locate(vars map[string]string) (place, bool) {
	var at place
	for name, value := range vars {
		if !a.locateOne(&at, name, value) {
			return place{}, false
		}
	}

	// A name depends on the containers of its thing, so it can be checked only now.
	for name, value := range vars {
		if k, ok := a.kind(name); ok && !k.has(at, value) {
			return place{}, false
		}
	}

	return at, true
}

func (a *Account) locateOne(at *place, name, value string) bool {
	switch name {
	case "subscription":
		return strings.EqualFold(value, a.SubscriptionID)
	case "resourceGroup":
		return strings.EqualFold(value, a.ResourceGroup)
	case "experimentation":
		return strings.EqualFold(value, a.Experimentation)
	case "modelManagement":
		return strings.EqualFold(value, a.ModelManagement)
	case "location":
		return strings.EqualFold(value, a.Location)
	case "operation":
		return true // deletions look up their ids
	case "subject":
		return strings.EqualFold(value, a.subject())
	}

	k, ok := a.kind(name)
	if !ok {
		return false
	}

	i, ok := find(k.index(value), k.count)
	if ok {
		k.put(at, i)
	}

	return ok
}

// tail returns what follows the last hyphen.
func tail(s string) string {
	return s[strings.LastIndexByte(s, '-')+1:]
}

// middle returns the number before the last hyphen: of "run-000017-0a1b2c3d"
// it is "000017".
func middle(s string) string {
	end := strings.LastIndexByte(s, '-')
	if end < 0 {
		return ""
	}
	start := strings.LastIndexAny(s[:end], "- ") + 1
	return s[start:end]
}

// beforeBin returns the number of an artifact's path.
func beforeBin(s string) string { return tail(strings.TrimSuffix(s, ".bin")) }

// find reads an index below count.
func find(digits string, count int) (int, bool) {
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n >= uint64(max(count, 0)) {
		return 0, false
	}
	return int(n), true
}
