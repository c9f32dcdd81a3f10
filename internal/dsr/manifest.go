package dsr

import (
	"strings"
	"time"
)

// Status is how an attempt was closed.
type Status string

// Statuses of a manifest.
const (
	StatusSucceeded       Status = "succeeded"
	StatusPartiallyFailed Status = "partiallyFailed"
	StatusFailed          Status = "failed"
	StatusCanceled        Status = "canceled"
	// StatusRejected means that the request was refused before anything was deleted.
	StatusRejected Status = "rejected"
)

// MaxFailures is how many failures a manifest lists before it only counts them.
const MaxFailures = 1000

// ReceiptsPerPart is how many receipts a manifest part holds at most.
const ReceiptsPerPart = 5000

// Manifest closes an attempt. By the hashes of its parts, and by those of the receipts in
// them, it vouches for every byte that was stored.
type Manifest struct {
	SchemaVersion   string            `json:"schemaVersion"`
	RequestID       string            `json:"requestId"`
	Attempt         int               `json:"attempt"`
	Kind            string            `json:"kind"`
	Status          Status            `json:"status"`
	SubmittedAt     time.Time         `json:"submittedAt"`
	DueAt           time.Time         `json:"dueAt"`
	ClosedAt        time.Time         `json:"closedAt"`
	Worker          string            `json:"worker,omitempty"` // the version that wrote it; see PlainVersion
	Request         HashRef           `json:"request"`
	Plan            HashRef           `json:"plan"`
	Totals          Totals            `json:"totals"`
	Failures        []Failure         `json:"failures"`
	FailuresOmitted int               `json:"failuresOmitted"`
	NotCovered      []NotCovered      `json:"notCovered"`
	Cost            Cost              `json:"cost,omitzero"` // the sum of the receipts'
	SubjectMatches  int64             `json:"subjectMatches"`
	What            string            `json:"what,omitempty"` // the plan's
	Parts           []ManifestPartRef `json:"parts"`
	Previous        *Previous         `json:"previous"`
	Extension       *ExtensionRef     `json:"extension,omitempty"` // dueAt is then its until
	Paused          *Pause            `json:"paused,omitempty"`    // dueAt is by this later
	// Refusal is there if the status is StatusRejected.
	Refusal *Refusal `json:"refusal,omitempty"`
	// DeletionPlan and Approval vouch for the records of a request that deletes.
	DeletionPlan *HashRef `json:"deletionPlan,omitempty"`
	Approval     *HashRef `json:"approval,omitempty"`
}

// maxVersion bounds the name of a version, in bytes.
const maxVersion = 80

// PlainVersion reports whether a text may be the name of a version of the worker. A
// reconciler signs a manifest that another version wrote only where that version's name is
// plain, so that no other text gets under the signature.
func PlainVersion(text string) bool {
	plain := func(r rune) bool {
		return (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || strings.ContainsRune(".-+ ()", r)
	}
	return len(text) <= maxVersion && !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) })
}

// HashRef vouches for a blob whose name is known.
type HashRef struct {
	SHA256 string `json:"sha256"`
}

// ManifestPartRef names a manifest part.
type ManifestPartRef struct {
	Name      string `json:"name"`
	SHA256    string `json:"sha256"`
	Receipts  int    `json:"receipts"`
	Documents int64  `json:"documents"`
}

// Previous names the manifest that this one follows: that of the attempt before, or that
// of the previous run of a scheduled export.
type Previous struct {
	RequestID string `json:"requestId,omitempty"` // of the previous run; "" for this request
	Attempt   int    `json:"attempt"`
	SHA256    string `json:"sha256"`
	Totals    Totals `json:"totals,omitempty"` // of the attempt before, so that this manifest carries both
}

// ExtensionRef repeats an extension and vouches for its record.
type ExtensionRef struct {
	SHA256 string    `json:"sha256"`
	DueAt  time.Time `json:"dueAt"` // the deadline that was replaced
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// ManifestPart lists receipts, in the order of their names, with what each vouches for.
// Its figures are the sums over these receipts, and a manifest's are the sums over its
// parts.
type ManifestPart struct {
	SchemaVersion   string       `json:"schemaVersion"`
	Receipts        []ReceiptRef `json:"receipts"`
	Totals          Totals       `json:"totals"`
	Succeeded       int          `json:"succeeded"`
	Failed          int          `json:"failed"`
	Canceled        int          `json:"canceled"`
	SubNodes        int          `json:"subNodes,omitempty"` // named by the receipts
	Failures        []Failure    `json:"failures"`           // of these receipts, as far as they are among the attempt's first MaxFailures
	FailuresOmitted int          `json:"failuresOmitted"`
	Cost            Cost         `json:"cost,omitzero"`
}

// ReceiptRef names a receipt and repeats its outcome and parts.
type ReceiptRef struct {
	Name    string    `json:"name"`
	SHA256  string    `json:"sha256"`
	Outcome Outcome   `json:"outcome"`
	Parts   []PartRef `json:"parts"`
}

// Signature is manifest.sig.
type Signature struct {
	Alg       string `json:"alg"`       // "Ed25519"
	KeyID     string `json:"keyId"`     // 16 hex digits of the SHA-256 of the public key's DER
	Signature string `json:"signature"` // base64 over manifest.json's bytes
}

// Tally adds up what a manifest says of its receipts.
type Tally struct {
	Totals          Totals
	Failures        []Failure
	FailuresOmitted int
	SubjectMatches  int64
	Succeeded       int
	Failed          int
	Canceled        int
	Cost            Cost
}

// NewTally returns a tally with zero counts for each endpoint.
func NewTally(endpoints []string) *Tally {
	t := &Tally{Totals: Totals{}, Failures: []Failure{}}
	for _, id := range endpoints {
		t.Totals[id] = Counts{}
	}
	return t
}

// Add adds a receipt.
func (t *Tally) Add(r Receipt) { t.AddSummary(r.Summary(), r.Failures) }

// AddSummary adds the summary of a receipt. Of its failures those are listed that are
// passed and for which there is room; the others are counted.
func (t *Tally) AddSummary(s Summary, failures []Failure) {
	t.Totals.Add(s.Totals)
	t.Cost = t.Cost.Plus(s.Cost)
	for _, p := range s.Parts {
		t.SubjectMatches += p.SubjectMatches
	}

	switch s.Outcome {
	case Succeeded:
		t.Succeeded++
	case Failed:
		t.Failed++
	case Canceled:
		t.Canceled++
	}

	listed := t.list(failures)
	t.FailuresOmitted += s.Failures - listed
}

// AddPart adds the figures of a manifest part.
func (t *Tally) AddPart(p ManifestPart) {
	t.Totals.Add(p.Totals)
	t.Cost = t.Cost.Plus(p.Cost)
	for _, r := range p.Receipts {
		for _, part := range r.Parts {
			t.SubjectMatches += part.SubjectMatches
		}
	}
	t.Succeeded += p.Succeeded
	t.Failed += p.Failed
	t.Canceled += p.Canceled
	t.FailuresOmitted += p.FailuresOmitted + len(p.Failures) - t.list(p.Failures)
}

// list lists as many failures as there is room for, and returns their number.
func (t *Tally) list(failures []Failure) int {
	n := min(t.Room(), len(failures))
	t.Failures = append(t.Failures, failures[:n]...)
	return n
}

// Room returns how many more failures may be listed.
func (t *Tally) Room() int { return MaxFailures - len(t.Failures) }

// Status returns how the attempt closes. One canceled task makes it a canceled attempt.
func (t *Tally) Status(canceled bool) Status {
	switch {
	case canceled || t.Canceled > 0:
		return StatusCanceled
	case len(t.Failures) == 0 && t.Failed == 0:
		return StatusSucceeded
	case t.Succeeded == 0:
		return StatusFailed
	default:
		return StatusPartiallyFailed
	}
}
