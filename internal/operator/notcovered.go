package operator

import (
	"slices"

	"azureml-dsr/internal/dsr"
)

// LeftOut names things that an attempt leaves out for one reason, in words.
type LeftOut struct {
	What []string `json:"what"`
	Why  string   `json:"why"`
}

// leftOutWords are the words for the reasons that the records have as codes. All others are
// words already.
var leftOutWords = map[string]string{
	"notRequested":                 "the request does not ask for these resource types",
	"notApplicable":                "they can be asked for only by a subject's object id, which the request lacks",
	"notInDirectory":               "the directory knows nobody by the subject's address, so there is no object id to ask by",
	"notInScope":                   "the request's scope does not name these kinds of thing, so nobody looked for them",
	"notDeletable":                 "Azure ML has no call that deletes them one by one",
	"neverProvisioned":             "the workspace was never provisioned, so it has no data plane",
	"exportedByAzurePrivacyPortal": "no API of Azure ML gives it: the Azure portal's page for user privacy exports it",
}

// LeftOutOf returns what a manifest or a plan does not cover, in words, the things of one
// reason together.
func LeftOutOf(all []dsr.NotCovered) []LeftOut {
	var out []LeftOut
	for _, n := range all {
		why := n.Why
		if words, ok := leftOutWords[why]; ok {
			why = words
		}

		i := slices.IndexFunc(out, func(l LeftOut) bool { return l.Why == why })
		if i < 0 {
			i, out = len(out), append(out, LeftOut{Why: why})
		}
		out[i].What = append(out[i].What, n.What)
	}
	return out
}
