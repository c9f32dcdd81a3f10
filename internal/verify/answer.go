package verify

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/dsr"
)

// Rows of lists that differ from the others.
var (
	// namesNothing are lists whose elements are not read any further.
	namesNothing = []string{"E17", "E26", "W61", "W64", "W64v", "W69", "W73f"}
	// readByPost are lists that go on by a token. Their links are not followed.
	readByPost = []string{"W50", "W52", "W56"}
	// pagedByID are lists in the form of OpenAI's, which go on behind their last object.
	pagedByID = []string{"W68", "W69", "W70", "W71", "W72", "W73", "W73f"}
	// withChildren are lists whose pages also have each item's own list of children.
	withChildren = []string{"W52"}
)

// tokenMark is the prefix of a cursor that is a token.
const tokenMark = "token:"

// answerCheck checks a list's stored answer against the page record that was made from
// it. It reads the answer as a stream, and keeps in memory only which of the page's items
// were named.
type answerCheck struct {
	page   dsr.Page
	before *nameSet        // ids that the page may repeat; nil: they are not known
	named  map[string]bool // by item: an element names it

	endpoint string // of the first entry
	first    listDocument
	entries  int
	elements int
	noList   bool            // a document is not of a list
	unknown  bool            // an element is neither one of the items nor repeated
	below    map[string]bool // by item with a list of children: the list goes on

	document listDocument // the current entry's
	read     bool         // the current entry has a document
}

// answerOf returns the check of the answer of the task's page; nil if the named part is not
// that answer, or there is no page to check it against.
func (c *receiptCheck) answerOf(name string) *answerCheck {
	if c.node == nil || c.page == nil || !c.lists() {
		return nil
	}
	page := c.page.value
	if !hasWork(page) || page.Answer == nil || page.Answer.Name != name {
		return nil
	}

	a := &answerCheck{
		page:   page,
		before: c.before,
		named:  make(map[string]bool, len(page.Items)),
		below:  map[string]bool{},
	}
	for _, item := range page.Items {
		a.named[item] = false
	}

	return a
}

// hasWork reports whether a page's items are worked on.
func hasWork(p dsr.Page) bool { return p.State == dsr.PageNext || p.State == dsr.PageLast }

// walk returns a function that reads a document of the answer; nil without a check.
func (a *answerCheck) walk() func(*jsontext.Decoder) error {
	if a == nil {
		return nil
	}
	return func(dec *jsontext.Decoder) error {
		l := listReader{dec: dec, element: a.element}
		err := l.read()
		a.document, a.read = l.listDocument, true
		return err
	}
}

// element adds an element by its possible names.
func (a *answerCheck) element(names []string) {
	a.elements++
	known := a.before == nil
	for _, name := range names {
		if _, ok := a.named[name]; ok {
			a.named[name], known = true, true
		}
		known = known || a.before.has(name)
	}
	a.unknown = a.unknown || !known
}

// entry adds the entry whose document was read. An entry without a document is of a list
// that does not exist.
func (a *answerCheck) entry(e entry) {
	if a == nil {
		return
	}

	a.noList = a.noList || (a.read && !a.document.isList)
	if a.entries == 0 {
		a.endpoint, a.first = e.Endpoint, a.document
	} else {
		a.below[e.Item] = a.document.goesOn()
	}
	a.entries++
	a.document, a.read = listDocument{}, false
}

// faults returns how the page record contradicts the answer.
func (a *answerCheck) faults() (details []string) {
	if a.noList || a.entries == 0 {
		return []string{"its answer is no list"}
	}

	if !a.leads() {
		details = append(details, "its state or cursor does not follow from its answer")
	}

	listed := a.elements
	if slices.Contains(namesNothing, a.endpoint) {
		listed, a.unknown = 0, false
	}
	if len(a.page.Items)+a.page.Repeated != listed {
		details = append(details, fmt.Sprintf("it has %d items and repeats %d, and its answer names %d", len(a.page.Items), a.page.Repeated, listed))
	}
	if a.unknown || !a.allNamed() || !a.windowFits() {
		details = append(details, "its items are not those that its answer names")
	}
	if !a.childrenEnd() {
		details = append(details, "its answer lacks the end of an item's list of children")
	}

	return details
}

// leads reports whether the page's state and cursor follow from its answer.
func (a *answerCheck) leads() bool {
	cursor, link, token := a.page.Cursor, a.first.link, a.first.token
	switch {
	case slices.Contains(readByPost, a.endpoint):
		link = ""
	case slices.Contains(pagedByID, a.endpoint):
		link, token = "", a.first.behind()
	}
	if link == "" && token == "" {
		return a.page.State == dsr.PageLast && cursor == ""
	}
	return a.page.State == dsr.PageNext && ((link != "" && cursor == link) || (token != "" && cursor == tokenMark+token))
}

// allNamed reports whether the answer names each item, and the page each one once.
func (a *answerCheck) allNamed() bool {
	for _, named := range a.named {
		if !named {
			return false
		}
	}
	return len(a.named) == len(a.page.Items)
}

// windowFits reports whether the ids that the page carries over to the next one are ids
// that it may repeat itself.
func (a *answerCheck) windowFits() bool {
	return a.before == nil || !slices.ContainsFunc(a.page.Window, func(id string) bool { return !a.before.has(id) })
}

// childrenEnd reports whether the answer has each item's list of children to its end, if
// the list has children.
func (a *answerCheck) childrenEnd() bool {
	for _, goesOn := range a.below {
		if goesOn {
			return false
		}
	}
	if !slices.Contains(withChildren, a.endpoint) {
		return true
	}
	return !slices.ContainsFunc(a.page.Items, func(item string) bool { _, has := a.below[item]; return !has })
}
