package fanout

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"azureml-dsr/internal/dsr"
)

// maxFaults bounds the faults that one description names.
const maxFaults = 5

// Validator reads requests by the published schema.
type Validator struct {
	// Scopes are what names in a request's scope stand for. Default: no scope has a name.
	Scopes dsr.ScopeNames

	schema *jsonschema.Schema
	types  []string
}

// NewValidator compiles the schema of docs/schema/request.v1.json. types are the resource
// types that a request can name.
func NewValidator(schema []byte, types []string) (*Validator, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("reading the request schema: %w", err)
	}

	const name = "urn:azureml-dsr:request:v1"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(noLoader{})
	if err := c.AddResource(name, doc); err != nil {
		return nil, fmt.Errorf("reading the request schema: %w", err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("compiling the request schema: %w", err)
	}

	return &Validator{schema: compiled, types: types}, nil
}

// noLoader keeps the schema from reading files or the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema must not refer to %q", url)
}

// Parsed is a valid request with its defaults applied.
type Parsed struct {
	dsr.Request
	// DueDefaulted means that the request does not name its deadline.
	DueDefaulted bool
	// Sent is the scope as it was sent. What its names stand for is not in the request's
	// scope before Resolve.
	Sent []dsr.ScopeEntry
}

// Parse reads the body of a request. enqueued is when it was sent, the default of its
// submittedAt. An error is of class Permanent and names each field and what is wrong with
// it, never a value.
func (v *Validator) Parse(body []byte, enqueued time.Time) (Parsed, error) {
	text, err := dsr.StrictJSON(body)
	if err != nil {
		return Parsed{}, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return Parsed{}, invalid("the message is not JSON")
	}
	if err := v.check(doc, enqueued); err != nil {
		return Parsed{}, err
	}

	var p Parsed
	if err := p.decode(doc); err != nil {
		return Parsed{}, err
	}
	if err := cmp.Or(v.checkTypes(p.Request), checkPlaces(p.Sent), checkWhat(p.Request)); err != nil {
		return Parsed{}, err
	}

	p.applyDefaults(enqueued)
	if err := checkVerification(p.Request); err != nil {
		return Parsed{}, err
	}
	if err := p.checkLength(len(text)); err != nil {
		return Parsed{}, err
	}

	return p, nil
}

// check normalises the times of a document and holds it against the schema.
func (v *Validator) check(doc any, enqueued time.Time) error {
	faults := normaliseTimes(doc, enqueued)
	if err := v.schema.Validate(doc); err != nil {
		faults = append(faults, faultsOf(err)...)
	}
	if len(faults) > 0 {
		return invalid("%s", describe(faults))
	}
	return nil
}

// normaliseTimes writes the times of a request as encoding/json reads them. Of a time that
// can't be used it returns what is wrong, and leaves it out.
func normaliseTimes(doc any, enqueued time.Time) (faults []string) {
	object, _ := doc.(map[string]any)
	past := func(text string) (time.Time, string) { return parsePast(text, enqueued, "submitted") }
	faults = append(faults, normaliseTime(object, "/", "submittedAt", past)...)
	faults = append(faults, normaliseTime(object, "/", "dueAt", parseMoment)...)

	verification, _ := object["verification"].(map[string]any)
	for name, done := range map[string]string{"verifiedAt": "verified", "askedAt": "asked", "answeredAt": "answered"} {
		past = func(text string) (time.Time, string) { return parsePast(text, enqueued, done) }
		faults = append(faults, normaliseTime(verification, "/verification/", name, past)...)
	}
	return faults
}

// normaliseTime does so with one time. A time that can't be used is still there for the
// schema, which would call it missing otherwise.
func normaliseTime(object map[string]any, at, name string, parse func(string) (time.Time, string)) (faults []string) {
	text, isText := object[name].(string)
	if !isText {
		return nil // the schema has a word on it
	}

	moment, wrong := parse(text)
	if wrong != "" {
		faults = append(faults, at+name+": "+wrong)
		moment = earliest
	}
	object[name] = moment.Format(time.RFC3339Nano)

	return faults
}

// sentRequest is a request as senders write it.
type sentRequest struct {
	dsr.Request
	Scope []dsr.ScopeEntry `json:"scope,omitempty"`
}

// decode decodes a checked document.
func (p *Parsed) decode(doc any) error {
	body, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encoding a request: %w", err)
	}
	var sent sentRequest
	if err := json.Unmarshal(body, &sent); err != nil {
		return invalid("the message does not have the shape of a request")
	}

	p.Request, p.Sent = sent.Request, sent.Scope
	p.place(p.Sent, func(string) []dsr.Scope { return nil })

	return nil
}

// checkLength refuses a request that no message could carry once more: neither as it was
// sent nor with its defaults.
func (p Parsed) checkLength(sent int) error {
	again, err := json.Marshal(sentRequest{Request: p.Request, Scope: p.Sent})
	if err != nil {
		return fmt.Errorf("encoding a request: %w", err)
	}
	if max(sent, len(again)) > dsr.MaxRequest {
		return invalid("the request is longer than %d bytes; send its scope in several requests", dsr.MaxRequest)
	}
	return nil
}

func (p *Parsed) applyDefaults(enqueued time.Time) {
	if p.SubmittedAt.IsZero() {
		p.SubmittedAt = enqueued
	}
	p.SubmittedAt = p.SubmittedAt.UTC()

	if p.DueAt.IsZero() {
		p.DueAt, p.DueDefaulted = p.DefaultDue(), true
	}
	p.DueAt = p.DueAt.UTC()

	if p.What == dsr.WhatAll {
		p.What = "" // the same as absent, also for the hash
	}
	if p.Regulation == "" {
		p.Regulation = "gdpr"
	}
}

// checkTypes refuses a resource type that this version does not know.
func (v *Validator) checkTypes(r dsr.Request) error {
	for i, t := range r.ResourceTypes {
		if !slices.Contains(v.types, t) {
			return invalid("/resourceTypes/%d: not a resource type of this version; known are %s", i, strings.Join(v.types, ", "))
		}
	}
	return nil
}

// checkPlaces refuses machine learning workspaces and registries that are neither named
// in a resource group nor the wildcard alone.
func checkPlaces(scope []dsr.ScopeEntry) error {
	for i, e := range scope {
		if wrong := e.Place.FaultOfPlaces(); wrong != "" {
			return invalid("/scope/%d%s", i, wrong)
		}
	}
	return nil
}

// checkWhat refuses an export of only the subject's that names no subject.
func checkWhat(r dsr.Request) error {
	if r.Kind == dsr.KindExport && r.What == dsr.WhatSubject && r.Subject == nil {
		return invalid("/what: an export of only what is the subject's needs the subject beside it")
	}
	return nil
}

// checkVerification refuses times of a verification that can't follow one another: by them
// the clock stands still.
func checkVerification(r dsr.Request) error {
	v := r.Verification
	switch {
	case v == nil || v.AskedAt.IsZero():
		return nil
	case v.AskedAt.Before(r.SubmittedAt):
		return invalid("/verification/askedAt: is before the request was submitted; send the time at which the person was asked, or neither askedAt nor answeredAt")
	case v.AnsweredAt.Before(v.AskedAt):
		return invalid("/verification/answeredAt: is before askedAt")
	case v.VerifiedAt.Before(v.AnsweredAt):
		return invalid("/verification/verifiedAt: is before answeredAt")
	default:
		return nil
	}
}

func invalid(format string, args ...any) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, format, args...)
}

// faultsOf returns the faults of a validation, each with its field and the remedy. The
// library's own texts quote values.
func faultsOf(err error) (faults []string) {
	ve, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return []string{"the message does not follow the schema"}
	}
	collect(ve, &faults)
	return faults
}

// describe joins the first of some faults.
func describe(faults []string) string {
	slices.Sort(faults)
	faults = slices.Compact(faults)
	if more := len(faults) - maxFaults; more > 0 {
		faults = append(faults[:maxFaults], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(faults, "; ")
}

// collect adds the faults that have no further causes.
func collect(ve *jsonschema.ValidationError, faults *[]string) {
	for _, cause := range ve.Causes {
		collect(cause, faults)
	}
	if len(ve.Causes) == 0 {
		*faults = append(*faults, fault("/"+strings.Join(ve.InstanceLocation, "/"), ve.ErrorKind))
	}
}

// fault describes what is wrong at a place of a request.
func fault(at string, k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Required:
		return at + ": missing " + strings.Join(k.Missing, ", ")
	case *kind.DependentRequired:
		return at + ": " + k.Prop + " needs " + strings.Join(k.Missing, ", ") + " beside it"
	case *kind.AdditionalProperties:
		return at + ": has a member that no request has"
	case *kind.Type:
		return at + ": want " + strings.Join(k.Want, " or ")
	case *kind.Enum:
		return fmt.Sprintf("%s: want one of %v", at, k.Want)
	case *kind.Const:
		return fmt.Sprintf("%s: want %v as a text", at, k.Want) // the schema has no others
	case *kind.Pattern:
		return at + ": want text that matches " + k.Want
	case *kind.Format:
		return at + ": want a " + k.Want
	case *kind.MinItems:
		return fmt.Sprintf("%s: want at least %d", at, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("%s: want at most %d", at, k.Want)
	case *kind.MinLength:
		return fmt.Sprintf("%s: want at least %d characters", at, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("%s: want at most %d characters", at, k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("%s: want at least %d member", at, k.Want)
	case *kind.UniqueItems:
		return at + ": names something twice"
	default:
		return at + ": does not follow the schema"
	}
}
