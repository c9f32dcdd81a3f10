package dsr

import (
	"slices"
	"strings"
	"time"
)

// deletePrefix begins the type of a node that deletes, so that its parts are stored
// apart from the documents of the type it deletes.
const deletePrefix = "delete-"

// ReadBack is the type of the node that reads an export back and compares each blob with
// its hash, before anything that was exported is deleted.
const ReadBack = "read-back"

// EraseExports is the type of the node that comes last and removes the documents of
// earlier exports of the same places.
const EraseExports = "erase-exports"

// DeleteType returns the type of the nodes that delete things of a type.
func DeleteType(typ string) string { return deletePrefix + typ }

// Deletes reports whether a node's type is one that deletes, and returns the type that
// it deletes.
func Deletes(typ string) (of string, ok bool) { return strings.CutPrefix(typ, deletePrefix) }

// DeletionPlan is deletion-plan.json: what an attempt is to delete, in order,
// fixed before anybody approves it.
type DeletionPlan struct {
	SchemaVersion string      `json:"schemaVersion"`
	RequestID     string      `json:"requestId"`
	Attempt       int         `json:"attempt"`
	ObjectID      string      `json:"objectId"` // of the subject; "" where the request names none
	CreatedAt     time.Time   `json:"createdAt"`
	Stages        []Deletions `json:"stages"`
	// Held is what holds kept when the plan was made. The first MaxHeld are named.
	Held        []Held `json:"held"`
	HeldOmitted int    `json:"heldOmitted,omitempty"`
	// Locks are those that forbade a deletion when the plan was made, the first of them.
	Locks []Lock `json:"locks,omitempty"`
	// Mentions are documents for a person to decide on: they name the subject or may be
	// the subject's, and a request for only the subject's own does not delete them. The
	// first MaxMentions are named.
	Mentions        []Mention `json:"mentions,omitempty"`
	MentionsOmitted int       `json:"mentionsOmitted,omitempty"`
	DryRun          bool      `json:"dryRun"`
}

// The most mentions and held things that a deletion plan names; beyond, it counts them.
const (
	MaxMentions = 1000
	MaxHeld     = 1000
)

// Mention is a document that a person decides on.
type Mention struct {
	Endpoint string    `json:"endpoint"`
	Target   string    `json:"target"`
	Item     string    `json:"item"`
	URL      string    `json:"url"`
	Owner    Ownership `json:"owner,omitempty"` // OwnerPossible, or "": it only mentions the subject
}

// TakesOthers reports whether documents that don't name the subject are deleted with
// their container.
func (p DeletionPlan) TakesOthers() bool {
	return slices.ContainsFunc(p.Stages, func(d Deletions) bool { return d.Others > 0 })
}

// Deletions are what one node of the plan deletes.
type Deletions struct {
	Node      int     `json:"node"`
	Endpoint  string  `json:"endpoint"` // D01 … D08, DW…
	Type      string  `json:"type"`
	Target    string  `json:"target"` // ARM id
	After     NodeSet `json:"after"`  // nodes that must be done before
	Container bool    `json:"container"`
	// Items are the things of a stage that is short; Parts name, page by page, the
	// records that have those of a longer one.
	Items []Planned     `json:"items,omitzero"`
	Parts []PlanPartRef `json:"parts,omitempty"`
	// Matching and Others count the documents in a container that name the subject and
	// those that don't; both are deleted with it. Where things are somebody's own they
	// count the subject's things and those of others.
	Matching int64 `json:"matching"`
	Others   int64 `json:"others"`
}

// Planned is one thing that is to be deleted.
type Planned struct {
	Item string `json:"item"` // its id in the list; of a container its ARM id
	URL  string `json:"url"`
	// CreatedAt is what its document said when it was planned; "" where documents of
	// the type don't say.
	CreatedAt string `json:"createdAt"`
	// Under are the ids of what it hangs below, as a step below its pipeline.
	Under []string `json:"under,omitempty"`
}

// Held is a thing that a hold keeps.
type Held struct {
	Endpoint string `json:"endpoint"`
	Target   string `json:"target"`
	Item     string `json:"item"` // "" for a whole container
	Hold     string `json:"hold"` // its id, or "request"
	Reason   string `json:"reason"`
}

// NewHeld returns what is noted of a thing of a stage that a hold keeps.
func NewHeld(d Deletions, thing Planned, h Hold) Held {
	item := thing.Item
	if d.Container {
		item = ""
	}
	return Held{
		Endpoint: d.Endpoint,
		Target:   d.Target,
		Item:     item,
		Hold:     h.ID,
		Reason:   h.Reason,
	}
}

// DeletionPlan names the record of what the attempt is to delete.
func (a Attempt) DeletionPlan() string { return a.Prefix() + "deletion-plan.json" }

// Approval is approval.json: a second person's approval of a deletion plan. ApprovedBy
// is what the sender stated and is not verified.
type Approval struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	PlanSHA256    string    `json:"planSha256"`
	ApprovedBy    string    `json:"approvedBy"`
	ApprovedAt    time.Time `json:"approvedAt"`
}

// Approval names the record of the attempt's approval.
func (a Attempt) Approval() string { return a.Prefix() + "approval.json" }

// Verdicts of a decision.
const (
	Go = "go"
	No = "no"
)

// Decision is decisions/{taskId}.json: whether a task may delete, taken once,
// before its first DELETE.
type Decision struct {
	SchemaVersion string    `json:"schemaVersion"`
	TaskID        string    `json:"taskId"`
	Verdict       string    `json:"verdict"` // Go or No
	Reason        string    `json:"reason"`  // why not
	DecidedAt     time.Time `json:"decidedAt"`
	By            string    `json:"by"` // a random UUID of the delivery that decided
}

// DecisionBlob names the record of the task's decision.
func (t Task) DecisionBlob() string { return t.Of().Prefix() + "decisions/" + t.ID() + ".json" }

// DeletedBlob names the record of what the upstream answered to the task's DELETE.
func (t Task) DeletedBlob() string { return t.Of().Prefix() + "deletes/" + t.ID() + ".json" }

// Outcomes of a deletion.
const (
	OutcomeDeleted     = "deleted"
	OutcomeAlreadyGone = "alreadyGone" // somebody else deleted it after it was planned
	// OutcomeSoftDeleted is a thing that answers 404 and that nobody has seen purged: the
	// service may still keep it.
	OutcomeSoftDeleted = "softDeleted"
	OutcomeHeld        = "held"
	OutcomeFailed      = "failed"
)

// DeletionProof is the evidence of one deletion, in an entry and in a receipt.
type DeletionProof struct {
	Endpoint    string    `json:"endpoint"`
	Target      string    `json:"target"`
	Item        string    `json:"item"`
	URL         string    `json:"url"`
	Outcome     string    `json:"outcome"` // an Outcome constant
	Status      int       `json:"status"`  // of the DELETE; 0 when its answer was lost
	RequestID   string    `json:"requestId"`
	DeletedAt   time.Time `json:"deletedAt,omitzero"`
	ConfirmedAt time.Time `json:"confirmedAt,omitzero"` // when a GET answered 404
}
