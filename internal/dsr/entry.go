package dsr

import "time"

// Entry is one answer in a part, without its document: that is copied as a stream and
// never held as a value.
type Entry struct {
	Endpoint    string    `json:"endpoint"`
	Item        string    `json:"item"`
	URL         string    `json:"url"`
	Status      int       `json:"status"`
	RetrievedAt time.Time `json:"retrievedAt"`
	Content     *Content  `json:"content,omitempty"`
	Masked      []string  `json:"masked,omitempty"` // JSON Pointers
	// SubjectMatches counts the strings that name the subject, and PossibleMatches those
	// with only a name that others may have.
	SubjectMatches  int `json:"subjectMatches,omitempty"`
	PossibleMatches int `json:"possibleMatches,omitempty"`
	// Mentions are JSON Pointers of the first of these strings.
	Mentions []string `json:"mentions,omitempty"`
	// Owner is whose a document is that names the subject, as far as it says. An Inventory
	// has its own.
	Owner     Ownership      `json:"owner,omitempty"`
	Error     *ItemError     `json:"error,omitempty"`
	SubNode   string         `json:"subNode,omitempty"` // the node that the item was handed over to
	Inventory *Inventory     `json:"inventory,omitempty"`
	Deletion  *DeletionProof `json:"deletion,omitempty"`
	// Left counts what an export of only the subject's has looked through and left out: 1 for
	// the document itself, or else elements of a list.
	Left int `json:"left,omitempty"`
}

// Inventory stands for a document that was read only to be counted.
type Inventory struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	// CreatedAt is the document's own statement; "" where it makes none.
	CreatedAt string `json:"createdAt"`
	// Owner is whose the document is, as far as it says.
	Owner Ownership `json:"owner,omitempty"`
	// Under are the ids of what the thing hangs below, as a step below its pipeline.
	Under []string `json:"under,omitempty"`
}

// Content is the blob that holds an artifact's bytes; Name is relative to the attempt.
type Content struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// ItemError says why an item has no document.
type ItemError struct {
	Code    string `json:"code"` // a Reason constant
	Message string `json:"message"`
}
