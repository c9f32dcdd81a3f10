package azureml

import (
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// Plane is a group of the service's APIs that has an origin of its own.
type Plane uint8

// The planes. Model management and experiments have an origin in each region. That of a
// machine learning workspace's data plane is discovered.
const (
	ARM Plane = iota
	ModelManagement
	Experiments
	MLWorkspace
)

// Shape is how often a row is called and what its answer is.
type Shape uint8

// The shapes. A row of one of the last four hangs on the row that its Of names.
const (
	// Document is one document at its target.
	Document Shape = iota
	// List is read at a target, page by page, and names items.
	List
	// Item is one document for each item of a List.
	Item
	// ItemList is a list, page by page, for each item of a List. Its elements
	// are called entries.
	ItemList
	// ItemEntry is one document for each entry of an ItemList.
	ItemEntry
	// Children is a list, page by page, of further items of the same List that
	// hang on one of its items, and so on down.
	Children
)

// Operation is a row of the catalogue: one call of Azure ML's APIs.
type Operation struct {
	// ID is the row's name in totals, receipts and logs: E01, E02, …
	ID string
	// OperationID is what Microsoft's published API description calls the call;
	// empty where none describes it.
	OperationID string
	// Type is the resource type that the row belongs to; empty for the lists
	// that only serve discovery.
	Type string
	// Level is the kind of target that the call is made at.
	Level dsr.Level
	// Plane is the plane that answers.
	Plane Plane
	// Path is a template. Besides the target's names it may hold {item} and
	// {entry}, which become one escaped segment, {entry...}, whose slashes part
	// segments, and {objectId}, the data subject's.
	// Behind a "?" each is one escaped query value.
	Path string
	// Body is a template of the JSON that is sent by POST; empty reads by GET. Each
	// placeholder becomes a JSON string: {cursor}, which is null on the first page,
	// {item}, and {entry.member}, a member of an entry that is named by an object.
	Body string
	// APIVersion is sent as api-version; empty sends none.
	APIVersion string
	// Since is the first api-version that has the row, where the setting that replaces
	// MachineLearningVersion may name an older one; empty is any.
	Since string
	// Token is, for lists and what is Paged, the query parameter that takes a
	// continuationToken; empty is one of that name. By POST the token goes into the body.
	// Behind lastID, the elements and the token are where OpenAI's lists have them.
	Token string
	// Shape says how often the row is called.
	Shape Shape
	// Of is the row whose items or entries this one is called for.
	Of string
	// Key is, for lists, the member of an element that names it; empty for a list that
	// is exported as it is and names nothing. A member that is an object names by its
	// JSON.
	Key string
	// Behind is, where the Key is a path, the segment that comes before the name: of
	// azureml://…/indexes/census/versions/3 an index has its name behind indexes.
	Behind string
	// Optional reports whether a target may lack the List as a whole. A 404 means then
	// that there is nothing in it, since the target itself has been seen before.
	Optional bool
	// OfAIProjects reports whether every AI project has the List: there a 404 is a
	// failure all the same, since the chats may be elsewhere.
	OfAIProjects bool
	// Paged reports whether an ItemEntry answers page by page.
	Paged bool
	// Secrets are the fields of a document that must not be kept; for lists, those of
	// an element. DocumentSecrets returns them as pointers into the answer.
	Secrets []document.Secret
	// Owners are the places in a document that may say whose it is. The first one that
	// names somebody counts.
	Owners []Owner
	// Content reports whether the answer's contentUri leads to bytes.
	Content bool
	// Same names the row whose calls count for this one too. This one is never called.
	Same string
}

// lastID is the Token of lists that are paged as OpenAI's are: data has the elements, and
// while has_more is true the next page is that after the last_id.
const lastID = "after"

// MayLack reports whether a target may lack the row's list, so that a 404 says that there
// is nothing.
func (op Operation) MayLack(t dsr.Target) bool {
	return op.Optional && (!op.OfAIProjects || !t.AIProject)
}

// IsList reports whether the row is read page by page.
func (op Operation) IsList() bool {
	return op.Shape == List || op.Shape == ItemList || op.Shape == Children
}

// HasPages reports whether the row's answers may have a cursor to a next one.
func (op Operation) HasPages() bool { return op.IsList() || op.Paged }

// DocumentSecrets returns the secrets as pointers into the row's whole answer.
// A list answers with an object around its elements or with a bare array.
//
// What calls are made by is kept whatever it looks like: the names of a list's elements,
// and the cursor to the next page.
func (op Operation) DocumentSecrets() []document.Secret {
	if !op.HasPages() {
		return op.Secrets
	}
	out := []document.Secret{
		{Pointer: "/nextLink", Kept: true},
		{Pointer: "/continuationToken", Kept: true},
	}
	if op.Token == lastID {
		out = append(out, document.Secret{Pointer: "/last_id", Kept: true}, document.Secret{Pointer: "/data/*/" + op.Key, Kept: true})
	}
	if !op.IsList() {
		return append(out, op.Secrets...)
	}

	if op.Key != "" {
		out = append(out,
			document.Secret{Pointer: "/value/*/" + op.Key, Kept: true},
			document.Secret{Pointer: "/*/" + op.Key, Kept: true})
	}
	for _, s := range op.Secrets {
		out = append(out,
			document.Secret{Pointer: "/value/*" + s.Pointer, Link: s.Link},
			document.Secret{Pointer: "/*" + s.Pointer, Link: s.Link})
		if op.Token == lastID {
			out = append(out, document.Secret{Pointer: "/data/*" + s.Pointer, Link: s.Link})
		}
	}
	return out
}
