package dsr

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Kinds of request.
const (
	KindExport           = "export"
	KindDelete           = "delete"
	KindExportThenDelete = "exportThenDelete"
)

// What a request exports or deletes.
const (
	// WhatAll is everything that the scope names. It is the default, recorded as "".
	WhatAll = "all"
	// WhatSubject is only what is the subject's: of a deletion what is their own in machine
	// learning workspaces, of an export also what names them.
	WhatSubject = "subject"
)

// Request is one data subject request as docs/schema/request.v1.json defines it,
// with defaults applied.
type Request struct {
	SchemaVersion     string    `json:"schemaVersion"`
	ID                string    `json:"id"`
	Kind              string    `json:"kind"`
	Subject           *Subject  `json:"subject,omitempty"`       // nil: an export of everybody's data
	Scope             []Scope   `json:"scope"`                   // with the places that names in it stand for
	ResourceTypes     []string  `json:"resourceTypes,omitempty"` // empty: all
	SubmittedAt       time.Time `json:"submittedAt,omitzero"`
	SubmittedBy       string    `json:"submittedBy,omitempty"`
	DueAt             time.Time `json:"dueAt,omitzero"`
	Source            string    `json:"source,omitempty"`
	Regulation        string    `json:"regulation,omitempty"`
	What              string    `json:"what,omitempty"` // WhatSubject, or "" for all that the scope names
	Confirm           []string  `json:"confirm,omitempty"`
	AcknowledgeOthers bool      `json:"acknowledgeOthers"`
	DryRun            bool      `json:"dryRun"`
	EraseExports      bool      `json:"eraseExports"`
	Hold              []string  `json:"hold,omitempty"`
	// Callbacks are told of the request's changes.
	Callbacks []Callback `json:"callbacks,omitempty"`
	// Verification says how the sender has identified the person; nil: it does not say.
	Verification *Verification `json:"verification,omitempty"`

	// NamedScopes are the names in Scope. No sender writes them.
	NamedScopes []NamedScope `json:"namedScopes,omitempty"`
}

// Subject is the person a request is about.
type Subject struct {
	ObjectID          string   `json:"objectId,omitempty"`
	TenantID          string   `json:"tenantId,omitempty"`
	UserPrincipalName string   `json:"userPrincipalName,omitempty"`
	DisplayName       string   `json:"displayName,omitempty"`
	PUID              string   `json:"puid,omitempty"`
	Mail              []string `json:"mail,omitempty"`

	// Lookup says how ObjectID was looked up; nil: its sender named it, or nobody looked.
	// No sender writes it.
	Lookup *DirectoryLookup `json:"directoryLookup,omitempty"`
}

// Scope is one place to look in. An account that is left out is not read.
type Scope struct {
	SubscriptionID             string           `json:"subscriptionId"`
	ResourceGroup              string           `json:"resourceGroup,omitempty"`
	Location                   string           `json:"location,omitempty"`
	ExperimentationAccount     string           `json:"experimentationAccount,omitempty"`
	Workspaces                 []WorkspaceScope `json:"workspaces,omitempty"` // empty: all, discovered
	ModelManagementAccount     string           `json:"modelManagementAccount,omitempty"`
	MachineLearningWorkspaces  []string         `json:"machineLearningWorkspaces,omitempty"` // "*": all of the place
	Registries                 []string         `json:"registries,omitempty"`                // likewise
	OperationalizationClusters bool             `json:"operationalizationClusters,omitempty"`
}

// WorkspaceScope names a workspace and, if not all, its projects.
type WorkspaceScope struct {
	Name     string   `json:"name"`
	Projects []string `json:"projects,omitempty"` // empty: all, discovered
}

// MaxRequest bounds a request in bytes, as it is sent and as it is recorded. A message of
// any tier of Service Bus (256 KiB) then has room for the properties with which it is sent
// again.
const MaxRequest = 240 << 10

// Lengths are checked apart from the patterns, for a pattern with {0,63} takes a
// millisecond to compile while the host waits for the handler to start.
const (
	maxRequestID = 64
	maxLocation  = 40
)

var requestID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// ValidID reports whether id may name a request, and so become part of a blob's name.
func ValidID(id string) bool { return len(id) <= maxRequestID && requestID.MatchString(id) }

var location = regexp.MustCompile(`^[a-z0-9]+$`)

// ValidLocation reports whether a region may become part of a host name.
func ValidLocation(s string) bool { return len(s) <= maxLocation && location.MatchString(s) }

// Due returns the deadline of a request that names none: the same day of the next month
// (GDPR article 12(3)), or that month's last day.
func Due(submitted time.Time) time.Time {
	return addMonths(submitted, 1)
}

// Content returns the request without what may differ when it is sent twice: when and
// from where it came, and a deadline that is only the default.
func (r Request) Content(dueDefaulted bool) Request {
	r.SubmittedAt, r.Source = time.Time{}, ""
	if dueDefaulted {
		r.DueAt = time.Time{}
	}
	return r
}

// canonicalContent returns the request's content in canonical form (RFC 8785).
func (r Request) canonicalContent(dueDefaulted bool) (jsontext.Value, error) {
	body, err := json.Marshal(r.Content(dueDefaulted))
	if err != nil {
		return nil, fmt.Errorf("encoding a request: %w", err)
	}
	canonical := jsontext.Value(body)
	if err := canonical.Canonicalize(); err != nil {
		return nil, fmt.Errorf("putting a request into canonical form: %w", err)
	}
	return canonical, nil
}

// Wants reports whether a resource type is asked for.
func (r Request) Wants(typ string) bool {
	if len(r.ResourceTypes) == 0 {
		return true
	}
	for _, t := range r.ResourceTypes {
		if t == typ {
			return true
		}
	}
	return false
}

// RequestRecord is request.json in the audit container: the request without
// what identifies its subject beyond object and tenant id.
type RequestRecord struct {
	Request
	ContentSHA256 string    `json:"contentSha256"`
	ContentKeyID  string    `json:"contentKeyId,omitempty"` // of the key of contentSha256; "": it has none
	DueDefaulted  bool      `json:"dueAtDefaulted"`
	ReceivedAt    time.Time `json:"receivedAt"`
	// Review is ReviewRequired where nothing is handed to the person before somebody has
	// looked at it; "": no policy of its source requires that.
	Review string `json:"review,omitempty"`
}

// Values of RequestRecord.Review.
const (
	ReviewRequired     = "required"
	ReviewSecondPerson = "secondPerson" // by another person than who has ordered the copy
)

// Paused returns by what pause the recorded deadline is later, nil for none: a deadline that
// the sender has named is the sender's.
func (r RequestRecord) Paused() *Pause {
	if !r.DueDefaulted {
		return nil
	}
	return r.Pause()
}

// NewRequestRecord makes the audit record of a request. Its contentSha256 has no key.
func NewRequestRecord(r Request, contentSHA256 string, dueDefaulted bool, received time.Time) RequestRecord {
	if r.Subject != nil {
		r.Subject = &Subject{ObjectID: r.Subject.ObjectID, TenantID: r.Subject.TenantID, Lookup: r.Subject.Lookup}
	}
	return RequestRecord{
		Request:       r,
		ContentSHA256: contentSHA256,
		DueDefaulted:  dueDefaulted,
		ReceivedAt:    received,
	}
}

// Restore returns the request that the record was made from. It is sent again when an
// attempt has no plan.
func (r RequestRecord) Restore(subject *Subject) Request {
	req := r.Request
	req.Subject = subject
	if r.DueDefaulted {
		req.DueAt = time.Time{}
	}
	return req
}
