// Package opendsr speaks OpenDSR 2.0, formerly OpenGDPR, as a processor: it reads the
// requests of controllers, and answers with signed bodies. The protocol is described in
// https://github.com/opengdpr/OpenDSR.
package opendsr

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	strictjson "github.com/go-json-experiment/json"

	"azureml-dsr/internal/dsr"
)

// source is what a request's record says of where it came from.
const source = "opendsr"

// subjectRequest is what a controller sends. Members that are not here mean nothing to us.
type subjectRequest struct {
	APIVersion     string                     `json:"api_version"`
	Regulation     string                     `json:"regulation"`
	ID             string                     `json:"subject_request_id"`
	Type           string                     `json:"subject_request_type"`
	SubmittedTime  string                     `json:"submitted_time"`
	Identities     []identity                 `json:"subject_identities"`
	StatusCallback []string                   `json:"status_callback_urls"`
	Extensions     map[string]json.RawMessage `json:"extensions"`
}

// native is our own request. What a controller says in our extension goes into it as it is,
// and is checked as in any request.
type native struct {
	SchemaVersion     string          `json:"schemaVersion"`
	ID                string          `json:"id"`
	Kind              string          `json:"kind"`
	What              string          `json:"what,omitempty"`
	Subject           *dsr.Subject    `json:"subject,omitempty"`
	Scope             json.RawMessage `json:"scope,omitempty"`
	ResourceTypes     json.RawMessage `json:"resourceTypes,omitempty"`
	SubmittedAt       string          `json:"submittedAt,omitempty"`
	SubmittedBy       string          `json:"submittedBy,omitempty"`
	DueAt             string          `json:"dueAt,omitempty"`
	Source            string          `json:"source"`
	Regulation        string          `json:"regulation"`
	Confirm           json.RawMessage `json:"confirm,omitempty"`
	AcknowledgeOthers bool            `json:"acknowledgeOthers,omitempty"`
	DryRun            bool            `json:"dryRun,omitempty"`
	EraseExports      bool            `json:"eraseExports,omitempty"`
	Hold              json.RawMessage `json:"hold,omitempty"`
	Callbacks         []callback      `json:"callbacks,omitempty"`
	Verification      json.RawMessage `json:"verification,omitempty"`
}

// callback is a URL that hears of the request's changes.
type callback struct {
	URL    string `json:"url"`
	Format string `json:"format"`
}

// Reader reads the requests of controllers.
type Reader struct {
	// Domain is ours: the name of our extension.
	Domain string
}

// Read returns the id of a controller's request, and our own request in JSON. submittedBy
// answers for it. A member counts only in its own letters: whoever has looked at the body
// before may have read another one. The error is Faults: it names each member that is wrong, and no value.
func (r Reader) Read(body []byte, submittedBy string) (id string, request []byte, err error) {
	text, err := dsr.StrictJSON(body)
	if err != nil {
		return "", nil, malformed(err)
	}
	var in subjectRequest
	if err := strictjson.Unmarshal(text, &in); err != nil || !strings.HasPrefix(strings.TrimSpace(string(text)), "{") {
		return "", nil, Faults{{Reason: reasonMalformed, Message: "the body does not have the shape of a request: " + misfit(err)}}
	}
	ext, faults := r.extensionOf(in.Extensions)

	out := native{
		SchemaVersion: dsr.SchemaVersion,
		ID:            strings.ToLower(in.ID),
		SubmittedAt:   in.SubmittedTime,
		SubmittedBy:   submittedBy,
		Source:        source,
	}
	faults = append(faults, out.setVersionAndID(in)...)
	faults = append(faults, out.setRight(in, ext)...)
	faults = append(faults, out.setSubject(in.Identities, ext)...)
	out.setExtension(ext)
	for _, url := range in.StatusCallback {
		out.Callbacks = append(out.Callbacks, callback{URL: url, Format: dsrFormat})
	}
	if len(faults) > 0 {
		return "", nil, faults
	}

	request, err = json.Marshal(out)
	return out.ID, request, err
}

// dsrFormat is the format of callbacks that controllers of OpenDSR read.
const dsrFormat = "opendsr"

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// ValidID reports whether a text may be the id of a request.
func ValidID(id string) bool { return uuid.MatchString(strings.ToLower(id)) }

// setVersionAndID checks what names the protocol and the request.
func (n *native) setVersionAndID(in subjectRequest) (faults Faults) {
	major, _, _ := strings.Cut(in.APIVersion, ".")
	if !slices.Contains([]string{"", "1", "2"}, major) {
		faults = append(faults, fault("api_version", reasonUnsupported, "want 2.0 or 1.0"))
	}
	if !ValidID(in.ID) {
		faults = append(faults, fault("subject_request_id", reasonInvalid, "want a UUID"))
	}
	return faults
}

// setRight sets what the person asks for. An erasure deletes only what belongs to the
// person, unless our extension says that it is for all.
func (n *native) setRight(in subjectRequest, ext extension) (faults Faults) {
	switch in.Type {
	case "access", "portability":
		n.Kind, n.What = dsr.KindExport, ext.What
	case "erasure":
		n.Kind, n.What = dsr.KindDelete, dsr.WhatSubject
		if ext.What != "" {
			n.What = ext.What
		}
	case "":
		faults = append(faults, fault("subject_request_type", reasonRequired, "is missing"))
	default:
		faults = append(faults, fault("subject_request_type", reasonUnsupported, "want access, portability or erasure"))
	}
	switch {
	case ext.Kind == dsr.KindExportThenDelete && n.Kind == dsr.KindDelete:
		n.Kind = dsr.KindExportThenDelete
	case ext.Kind != "" && ext.Kind != n.Kind && n.Kind != "":
		faults = append(faults, fault("extensions", reasonInvalid, "kind does not fit subject_request_type"))
	}

	switch n.Regulation = strings.ToLower(in.Regulation); n.Regulation {
	case "gdpr", "ccpa":
	case "": // the specification's own example has none
		n.Regulation = "gdpr"
	default:
		faults = append(faults, fault("regulation", reasonUnsupported, "want gdpr or ccpa"))
	}

	return faults
}
