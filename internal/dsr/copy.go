package dsr

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// CopyName names one of the copies that were ordered of a request for the person. They are
// numbered from 1. The next one can be ordered when the one before has ended.
type CopyName struct {
	RequestID string
	Number    int
}

// CopyPrefix is the prefix of a request's copy in the exports container, and of the records of
// its copies in the audit container.
func CopyPrefix(id string) string { return id + "/copy/" }

// CopyBlob names a request's copy in the exports container. There is one at a time.
func CopyBlob(id string) string { return CopyPrefix(id) + id + ".zip" }

// MetaCopy is the metadata of a copy that has its number.
const MetaCopy = "copy"

// CopyRecordStep and CopyRecordState are what ParseCopyRecord calls a step and a state.
const (
	CopyRecordStep  = "step"
	CopyRecordState = "state"
)

// Records of a copy, by the ends of their names.
const (
	copyOrder     = "order"
	copySignature = "signature"
	copyReceipt   = "receipt"
	copyEnd       = "end"
	copyReview    = "review"
	copyPlaces    = "places"
	copyRelease   = "release"
)

func (c CopyName) record(what string) string {
	return fmt.Sprintf("%s%04d-%s.json", CopyPrefix(c.RequestID), c.Number, what)
}

// Order names the record of who has ordered the copy, and of what it is made.
func (c CopyName) Order() string { return c.record(copyOrder) }

// Signature names the record of the signature that the copy has. Some keys sign the same
// bytes in many ways; each making of the copy takes the recorded one.
func (c CopyName) Signature() string { return c.record(copySignature) }

// Receipt names the record of what was made.
func (c CopyName) Receipt() string { return c.record(copyReceipt) }

// End names the record that the copy can't be fetched any more.
func (c CopyName) End() string { return c.record(copyEnd) }

// Review names the record of what of the copy is uncertain.
func (c CopyName) Review() string { return c.record(copyReview) }

// Places names the list of what of the copy is uncertain, a line of JSON for each place.
func (c CopyName) Places() string {
	return fmt.Sprintf("%s%04d-%s.ndjson", CopyPrefix(c.RequestID), c.Number, copyPlaces)
}

// Release names the record that somebody has looked at what is uncertain, and lets the copy be
// made.
func (c CopyName) Release() string { return c.record(copyRelease) }

// StepPrefix is the prefix of the records of how far the making of the copy is.
func (c CopyName) StepPrefix() string { return c.prefix(CopyRecordStep) }

// Step names the record of how far the making of the copy is. Steps are numbered from 1.
func (c CopyName) Step(n int) string { return fmt.Sprintf("%s%05d.json", c.StepPrefix(), n) }

// StatePrefix is the prefix, in the exports container, of what the makings of the copy know.
func (c CopyName) StatePrefix() string { return c.prefix(CopyRecordState) }

// State names what a making of the copy knows at a step. It is no evidence, and is removed with
// the next step and when the copy is made or has ended. id tells two makings apart, in 16 hex
// digits.
func (c CopyName) State(step int, id string) string {
	return fmt.Sprintf("%s%05d-%s.gob", c.StatePrefix(), step, id)
}

func (c CopyName) prefix(what string) string {
	return fmt.Sprintf("%s%04d-%s-", CopyPrefix(c.RequestID), c.Number, what)
}

var copyRecord = regexp.MustCompile(`^(\d{4})-(?:(` + strings.Join([]string{copyOrder, copySignature, copyReceipt, copyEnd, copyReview, copyRelease}, "|") + `)\.json|` +
	`(` + copyPlaces + `)\.ndjson|(` + CopyRecordStep + `)-\d{5}\.json|(` + CopyRecordState + `)-\d{5}-[0-9a-f]{16}\.gob)$`)

// ParseCopyRecord reads the copy back from the name of one of its records. what is the name
// without the number.
func ParseCopyRecord(id, name string) (c CopyName, what string, ok bool) {
	rest, ok := strings.CutPrefix(name, CopyPrefix(id))
	m := copyRecord.FindStringSubmatch(rest)
	if !ok || m == nil {
		return CopyName{}, "", false
	}
	n, _ := strconv.Atoi(m[1]) // four digits
	return CopyName{RequestID: id, Number: n}, strings.Join(m[2:], ""), n > 0
}

// MaxCopies is how many copies of a request can be ordered.
const MaxCopies = 9_999

// CopyOrder is the record of an order for the person's copy.
type CopyOrder struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Number        int    `json:"number"`
	// Attempt is the last one, and Manifest its manifest. The copy is made of the documents
	// of all attempts up to it.
	Attempt  int     `json:"attempt"`
	Manifest HashRef `json:"manifest"`
	// Status is that of the request as a whole, whatever its last attempt did.
	Status Status `json:"status"`
	// Partial means that whoever has ordered knows that parts are missing.
	Partial bool `json:"partial"`
	// Contact is whom the person may ask about the copy.
	Contact string `json:"contact,omitempty"`
	// Review is ReviewRequired or ReviewSecondPerson where the copy is made only after
	// somebody has looked at what is uncertain.
	Review string `json:"review,omitempty"`
	// Decisions is how many decisions count where no review is required: the first ones.
	Decisions int       `json:"decisions,omitempty"`
	AskedBy   string    `json:"askedBy,omitempty"`
	AskedAt   time.Time `json:"askedAt"`
}

// Name returns which copy is ordered.
func (o CopyOrder) Name() CopyName { return CopyName{o.RequestID, o.Number} }

// MaxCopySteps is how many steps the making of a copy can have.
const MaxCopySteps = 99_999

// CopyStep is the record of how far the making of a copy is, or the listing of what of it is
// uncertain. Another delivery goes on from the last one.
type CopyStep struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Number        int    `json:"number"`
	Step          int    `json:"step"`
	// Of is the hash of what is made, and of the version that makes it. Whoever makes something
	// else can't go on from here, and starts over.
	Of HashRef `json:"of"`
	// State is what is known so far. It is stored for as long as it is needed.
	State BlobRef `json:"state"`
	// Read is how many documents were read. Each counts as often as it was read.
	Read int64 `json:"read"`
	// Copy is the hash of the whole copy, once it is known and not stored yet.
	Copy *HashRef  `json:"copy,omitempty"`
	At   time.Time `json:"at"`
}

// CopySignature is the record of a copy's signature.
type CopySignature struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Number        int       `json:"number"`
	Of            HashRef   `json:"of"` // what was signed
	Signature     Signature `json:"signature"`
}

// CopyReceipt is the record of what was made. It has nothing personal: not even the names of
// the files in the copy.
type CopyReceipt struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Number        int    `json:"number"`
	Name          string `json:"name"` // of the blob
	SHA256        string `json:"sha256"`
	Bytes         int64  `json:"bytes"`
	// Documents are the person's that the copy has, and Searched those that were looked
	// through for them.
	Documents int64 `json:"documents"`
	Searched  int64 `json:"searched"`
	// Files are the files that the documents describe, and People the other people who were
	// taken out.
	Files  int64 `json:"files"`
	People int64 `json:"people"`
	// Uncertain are the places that a program could not decide, and Decided those of them
	// that somebody has decided.
	Uncertain int64   `json:"uncertain"`
	Decided   int64   `json:"decided"`
	Attempt   int     `json:"attempt"`
	Manifest  HashRef `json:"manifest"`
	Partial   bool    `json:"partial"`
	AskedBy   string  `json:"askedBy,omitempty"`
	// Worker is the version that has made the copy.
	Worker  string    `json:"worker,omitempty"`
	AskedAt time.Time `json:"askedAt"`
	MadeAt  time.Time `json:"madeAt"`
	Until   time.Time `json:"until"` // it can be fetched
}

// Why a copy has ended.
const (
	CopyRevoked   = "revoked"   // somebody has withdrawn it
	CopyExpired   = "expired"   // its time was up
	CopyRetention = "retention" // the documents were removed
	CopyFailed    = "failed"    // it could not be made
)

// CopyEnd is the record that a copy can't be fetched any more.
type CopyEnd struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Number        int       `json:"number"`
	Why           string    `json:"why"`
	Reason        string    `json:"reason,omitempty"` // in the words of whoever has revoked it, or why it failed
	By            string    `json:"by,omitempty"`     // who has revoked it
	At            time.Time `json:"at"`
}

// PropCopy is the application property that names the copy that a message is about.
const PropCopy = "copy"

// CopyMessage is a message of dsr-copies: a copy is to be made. The order's record says of
// what.
type CopyMessage struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Number        int    `json:"number"`
}

// String names the copy in an application property and on the index.
func (c CopyName) String() string { return c.RequestID + "~" + strconv.Itoa(c.Number) }

// Message makes the message that asks for the copy.
func (c CopyName) Message(notBefore time.Time) (Message, error) {
	body, err := json.Marshal(CopyMessage{SchemaVersion, c.RequestID, c.Number})
	if err != nil {
		return Message{}, fmt.Errorf("encoding the order of %s: %w", c, err)
	}
	id := "copy." + c.RequestID + "." + strconv.Itoa(c.Number)
	return Message{
		ID:         id,
		Body:       body,
		NotBefore:  notBefore,
		Properties: traced(Attempt{RequestID: c.RequestID, Number: 1}, map[string]any{PropRequestID: c.RequestID, PropCopy: c.String()}),
	}, nil
}

// DecodeCopyMessage reads a message of dsr-copies.
func DecodeCopyMessage(body []byte) (CopyName, error) {
	var m CopyMessage
	err := json.Unmarshal(body, &m)
	if err != nil || m.SchemaVersion != SchemaVersion || !ValidID(m.RequestID) || m.Number < 1 || m.Number > MaxCopies {
		return CopyName{}, Errorf(NoTask, ReasonUnknownTask, "the message orders no copy: want schemaVersion, requestId and number")
	}
	return CopyName{m.RequestID, m.Number}, nil
}

// CopiesPrefix is the root, in the index container, of the copies that have not ended. What
// is below it is no evidence.
const CopiesPrefix = "_copies/"

// Index names the index blob of a copy that has not ended.
func (c CopyName) Index() string { return CopiesPrefix + c.String() }

// ParseCopyIndex reads the copy back from an index blob's name.
func ParseCopyIndex(name string) (CopyName, error) {
	rest, ok := strings.CutPrefix(name, CopiesPrefix)
	a, err := ParseOpen(OpenPrefix + rest)
	if !ok || err != nil || a.Number > MaxCopies {
		return CopyName{}, fmt.Errorf("%q is not the name of a copy", name)
	}
	return CopyName(a), nil
}
