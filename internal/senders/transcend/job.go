package transcend

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	strictjson "github.com/go-json-experiment/json"

	"azureml-dsr/internal/dsr"
)

// source is what a request's record says of where it came from.
const source = "transcend"

// job is what Transcend sends. Members that are not here mean nothing to us.
type job struct {
	Type              string     `json:"type"`
	RequestIdentifier identifier `json:"requestIdentifier"`
	CoreIdentifier    identifier `json:"coreIdentifier"`
	IsTest            bool       `json:"isTest"`
	Extras            struct {
		Profile struct {
			ID         string `json:"id"`
			Identifier string `json:"identifier"`
			Type       string `json:"type"`
		} `json:"profile"`
		Request struct {
			ID     string `json:"id"`
			Type   string `json:"type"`
			IsTest bool   `json:"isTest"`
		} `json:"request"`
	} `json:"extras"`
}

// identifier is a text, or an object with the text as its value.
type identifier string

// UnmarshalJSON reads both forms.
func (i *identifier) UnmarshalJSON(text []byte) error {
	var object struct {
		Value string `json:"value"`
	}
	if strictjson.Unmarshal(text, &object) == nil {
		*i = identifier(object.Value)
		return nil
	}
	return strictjson.Unmarshal(text, (*string)(i))
}

// native is our own request.
type native struct {
	SchemaVersion string      `json:"schemaVersion"`
	ID            string      `json:"id"`
	Kind          string      `json:"kind"`
	What          string      `json:"what,omitempty"`
	Subject       dsr.Subject `json:"subject"`
	SubmittedBy   string      `json:"submittedBy"`
	Source        string      `json:"source"`
	DryRun        bool        `json:"dryRun,omitempty"`
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Read returns our request of a job, as submittedBy answers for it. value is the identifier
// that the gateway has signed. The error is a *dsr.Error of class Permanent, without any
// value.
func Read(body []byte, value, submittedBy string) (request []byte, err error) {
	text, err := dsr.StrictJSON(body)
	if err != nil {
		return nil, err
	}
	var j job
	if strictjson.Unmarshal(text, &j) != nil {
		return nil, invalid("the body does not have the shape of a privacy request job")
	}
	if err := j.checkSigned(value); err != nil {
		return nil, err
	}

	out := native{
		SchemaVersion: dsr.SchemaVersion,
		SubmittedBy:   submittedBy,
		Source:        source,
	}
	if out.ID, err = j.id(); err != nil {
		return nil, err
	}
	if out.Subject, err = j.subject(); err != nil {
		return nil, err
	}

	switch j.Type {
	case "ACCESS":
		out.Kind = dsr.KindExport
	case "ERASURE":
		out.Kind, out.What = dsr.KindDelete, dsr.WhatSubject
		out.DryRun = j.IsTest || j.Extras.Request.IsTest
	default:
		return nil, invalid("type: want ACCESS or ERASURE; switch other kinds of request off for this data silo")
	}

	return json.Marshal(out)
}

// checkSigned refuses a body about somebody else than the gateway has signed for. What counts
// is the identifier by which the request names the person, whoever else is in the body.
func (j job) checkSigned(value string) error {
	if value == "" || !strings.EqualFold(j.person(), strings.TrimSpace(value)) {
		return invalid("the token is of another person than the body")
	}
	return nil
}

// person returns the identifier of whom a job is about.
func (j job) person() string {
	if named := strings.TrimSpace(j.Extras.Profile.Identifier); named != "" {
		return named
	}
	return strings.TrimSpace(string(j.CoreIdentifier))
}

// id returns the id of our request. A privacy request has a job for each profile of the
// person, and each is a request of its own.
func (j job) id() (string, error) {
	id := strings.ToLower(j.Extras.Request.ID)
	if !uuid.MatchString(id) {
		return "", invalid("extras.request.id: want the id of the privacy request")
	}
	if profile := strings.ToLower(j.Extras.Profile.ID); uuid.MatchString(profile) {
		sum := sha256.Sum256([]byte(profile))
		id += "-" + hex.EncodeToString(sum[:8])
	}
	return id, nil
}

// subject returns whom a job is about. The kind of identifier is what the administrator of
// Transcend has named it, so that the identifier itself decides.
func (j job) subject() (dsr.Subject, error) {
	switch value := j.person(); {
	case uuid.MatchString(strings.ToLower(value)):
		return dsr.Subject{ObjectID: strings.ToLower(value)}, nil
	case strings.Contains(value, "@"):
		return dsr.Subject{UserPrincipalName: value}, nil
	}
	return dsr.Subject{}, invalid("extras.profile: want an e-mail address, or the person's object id in Microsoft Entra, as the identifier")
}

func invalid(format string) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "%s", format)
}
