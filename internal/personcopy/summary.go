package personcopy

import (
	"maps"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// Summary is package.json: what a copy has, and what it leaves out. Its only personal data is
// the contact.
type Summary struct {
	SchemaVersion string     `json:"schemaVersion"`
	RequestID     string     `json:"requestId"`
	Status        dsr.Status `json:"status"`
	SubmittedAt   time.Time  `json:"submittedAt"`
	ClosedAt      time.Time  `json:"closedAt"`
	Contact       string     `json:"contact,omitempty"`
	// Failures is how many things could not be read.
	Failures    int        `json:"failures"`
	Documents   int        `json:"documents"`
	Sections    []Section  `json:"sections"`
	Searched    []Searched `json:"searched"`
	NotIncluded []LeftOut  `json:"notIncluded"`
	// Files is how many files the documents describe. Their contents are in the copy only if
	// a reviewer included them.
	Files int `json:"files"`
	// People is how many other people were told apart and taken out.
	People int  `json:"people"`
	Signed bool `json:"signed"`
	// Review is what a person decided. It is nil if nobody reviewed the copy.
	Review *Reviewed `json:"review,omitempty"`

	// Uncertain counts the places that a program could not decide, and Rules counts them by
	// rule. If Incomplete is true, the list lacks some.
	Uncertain  int64             `json:"-"`
	Rules      []dsr.ReviewCount `json:"-"`
	Incomplete bool              `json:"-"`
}

// Section describes the documents of a resource type.
type Section struct {
	ResourceType string   `json:"resourceType"`
	Name         string   `json:"name"`
	Documents    int      `json:"documents"`
	Bytes        int64    `json:"bytes"`
	Files        []string `json:"files"` // in data/{resourceType}/
}

// Searched counts the documents of a resource type that were looked through, whoever they
// belong to.
type Searched struct {
	ResourceType string `json:"resourceType"`
	Name         string `json:"name"`
	Documents    int    `json:"documents"`
}

// LeftOut says what a copy leaves out, and why.
type LeftOut struct {
	What  string `json:"what"`
	Count int    `json:"count,omitempty"`
	// Naming is how many of them name the person by an id or an address.
	Naming int    `json:"naming,omitempty"`
	Reason string `json:"reason"`
	Where  string `json:"where,omitempty"`
}

// totals is what the making of a copy counts.
type totals struct {
	Left   map[Class]int
	Naming map[Class]int  // of these, those that name the subject
	Looked map[string]int // documents by resource type
	Files  int
	Given  int // files whose contents are in the copy
}

func newTotals() totals {
	return totals{Left: map[Class]int{}, Naming: map[Class]int{}, Looked: map[string]int{}}
}

func (t *totals) leave(class Class, naming bool) {
	t.Left[class]++
	if naming {
		t.Naming[class]++
	}
}

func (t *totals) look(resourceType string) { t.Looked[resourceType]++ }

func newSummary(o Order, done []*section, t totals, people int) Summary {
	s := Summary{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     o.RequestID,
		Status:        o.Status,
		SubmittedAt:   o.SubmittedAt.UTC(),
		ClosedAt:      o.ClosedAt.UTC(),
		Contact:       o.Contact,
		Failures:      o.Failures,
		Sections:      []Section{},
		Searched:      []Searched{},
		NotIncluded:   leftOut(o, t),
		Files:         t.Files,
		People:        people,
		Signed:        o.Signer != nil,
	}

	for _, of := range done {
		s.Documents += of.Documents
		s.Sections = append(s.Sections, Section{
			ResourceType: of.Type,
			Name:         KindName(of.Type),
			Documents:    of.Documents,
			Bytes:        of.Bytes,
			Files:        of.Files,
		})
	}
	for _, typ := range slices.Sorted(maps.Keys(t.Looked)) {
		s.Searched = append(s.Searched, Searched{typ, KindName(typ), t.Looked[typ]})
	}

	return s
}

// leftOut says what was left out. The service's own logs are always listed, and the contents of
// files unless a reviewer included all of them.
func leftOut(o Order, t totals) []LeftOut {
	var out []LeftOut
	for _, l := range []struct {
		class        Class
		what, reason string
	}{
		{Others, "Things that belong to other people", "They are about somebody else. To hand them over would harm that person's privacy."},
		{Shared, "Descriptions of shared places", "Workspaces, projects and experiments, for example, belong to everybody who works in them."},
		{Unattributed, "Things that do not say whose they are", "Nothing in them shows for certain that they are yours. Some may have your name, but other people can have the same name. You can ask us to look through them."},
		{Unreadable, "Things that could not be read", "They are damaged or too long, so a program cannot find the people whom they name."},
	} {
		if t.Left[l.class] > 0 {
			out = append(out, LeftOut{What: l.what, Count: t.Left[l.class], Naming: t.Naming[l.class], Reason: l.reason})
		}
	}

	if o.Left > 0 {
		out = append(out, LeftOut{What: "Things that show no sign of being yours", Count: int(o.Left), Reason: "The request was for your data only. We looked through these things and kept no copy of them."})
	}
	if o.Failures > 0 {
		out = append(out, LeftOut{What: "Things that the service did not hand out", Count: o.Failures, Reason: "The service refused them or did not answer. You can ask us to try again."})
	}
	if t.Given == 0 || t.Given < t.Files {
		out = append(out, LeftOut{
			What:   "The contents of files",
			Count:  t.Files - t.Given,
			Reason: "Files can name other people, and a program cannot take those out safely. The names and sizes of the files are here. You can ask for the files themselves.",
		})
	}
	if slices.ContainsFunc(o.NotCovered, func(n dsr.NotCovered) bool { return n.Why == "notRequested" || n.Why == "notInScope" }) {
		out = append(out, LeftOut{What: "Places and kinds of things that this request did not ask for", Reason: "The search was limited to what the request names."})
	}

	return append(out,
		LeftOut{
			What:   "What the service keeps elsewhere",
			Reason: "Notebooks, data in your organization's own storage, and things that were deleted a short time ago cannot be read in this way.",
			Where:  "Ask your organization for them.",
		},
		LeftOut{
			What:   "The service's own logs and usage data",
			Reason: "Microsoft keeps them and hands them out in another way.",
			Where:  "The administrator of your organization can get them in the Azure portal, under User privacy.",
		})
}
