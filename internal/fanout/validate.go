// Package fanout turns a request into a plan and its first tasks, and closes an
// attempt when the listing of what is recorded says that all is done.
package fanout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/dsr"
)

// maxFaults is how many faults of a request one description names.
const maxFaults = 5

// Validator reads requests by the published schema.
type Validator struct {
	schema *schema
	types  []string
}

// NewValidator compiles the schema of docs/schema/request.v1.json. types are the
// resource types that can be asked for.
func NewValidator(text []byte, types []string) (*Validator, error) {
	compiled, err := compileSchema(text)
	if err != nil {
		return nil, fmt.Errorf("reading the request schema: %w", err)
	}
	return &Validator{schema: compiled, types: types}, nil
}

// Parsed is a valid request with defaults applied.
type Parsed struct {
	dsr.Request
	ContentSHA256 string
	DueDefaulted  bool
}

// Parse reads a request message. enqueued is when it was sent, which counts as
// submittedAt where the request does not say. An error is of class Permanent
// and names each field and what is wrong, never a value.
func (v *Validator) Parse(body []byte, enqueued time.Time) (Parsed, error) {
	if err := strictJSON(body); err != nil {
		return Parsed{}, err
	}
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil {
		return Parsed{}, invalid("the message is not JSON")
	}
	if faults := v.schema.faults("", doc); len(faults) > 0 {
		return Parsed{}, invalid("%s", describe(faults))
	}
	var p Parsed
	var err error
	if err := json.Unmarshal(body, &p.Request); err != nil {
		return Parsed{}, invalid("the message does not have the shape of a request")
	}
	if err := v.checkTypes(p.Request); err != nil {
		return Parsed{}, err
	}
	p.applyDefaults(enqueued)
	p.ContentSHA256, err = p.Request.ContentSHA256(p.DueDefaulted)
	return p, err
}

func (p *Parsed) applyDefaults(enqueued time.Time) {
	if p.SubmittedAt.IsZero() {
		p.SubmittedAt = enqueued
	}
	p.SubmittedAt = p.SubmittedAt.UTC()
	if p.DueAt.IsZero() {
		p.DueAt, p.DueDefaulted = dsr.Due(p.SubmittedAt), true
	}
	p.DueAt = p.DueAt.UTC()
	if p.Regulation == "" {
		p.Regulation = "gdpr"
	}
}

func (v *Validator) checkTypes(r dsr.Request) error {
	for i, t := range r.ResourceTypes {
		if !slices.Contains(v.types, t) {
			return invalid("/resourceTypes/%d: not a resource type of this version; known are %s", i, strings.Join(v.types, ", "))
		}
	}
	return nil
}

func invalid(format string, args ...any) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, format, args...)
}

// strictJSON refuses what encoding/json would let pass: duplicate members,
// invalid UTF-8, trailing data.
func strictJSON(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	err := d.SkipValue()
	if err == nil {
		_, err = d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		return invalid("the message has more than one JSON value")
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return invalid("a member stands twice, near byte %d", d.InputOffset())
	}
	return invalid("the message is not JSON in UTF-8: it breaks near byte %d", d.InputOffset())
}

// describe names the first faults, each once.
func describe(faults []string) string {
	slices.Sort(faults)
	faults = slices.Compact(faults)
	if more := len(faults) - maxFaults; more > 0 {
		faults = append(faults[:maxFaults], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(faults, "; ")
}
