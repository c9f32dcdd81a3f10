package graph

import (
	"encoding/json"
	"io"
	"regexp"
	"strings"

	"azureml-dsr/internal/dsr"
)

// Attributes of a user that have an address.
const (
	attributeName = "userPrincipalName"
	attributeMail = "mail"
)

// selected is the part of a query that asks for no more of a user than is checked.
const selected = "$select=id,userPrincipalName,mail"

// maxAnswer bounds an answer in bytes. Few people can share an address.
const maxAnswer = 64 << 10

var objectID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// principalName is what a user principal name looks like. Nothing else is put into a path,
// where some names are functions of Microsoft Graph.
var principalName = regexp.MustCompile(`^[\p{L}\p{N}'._!#^~+&=-]+@[\p{L}\p{N}.-]+$`)

const maxPrincipalName = 320

func mayBePrincipalName(address string) bool {
	return len(address) <= maxPrincipalName && principalName.MatchString(address)
}

// user is what Microsoft Graph says of a user.
type user struct {
	ID                string  `json:"id"`
	UserPrincipalName string  `json:"userPrincipalName"`
	Mail              *string `json:"mail"`
}

// matchOf returns the user of an answer, who must have the address that was asked for.
func matchOf(body []byte, attribute, address string) (dsr.DirectoryMatch, error) {
	var u user
	if strictly(body, &u) != nil {
		return dsr.DirectoryMatch{}, malformed("it is no user")
	}
	return u.match(attribute, address)
}

// matchesOf returns the users of a list.
func matchesOf(body []byte, attribute, address string) ([]dsr.DirectoryMatch, error) {
	var list struct {
		Value    *[]user `json:"value"`
		NextLink string  `json:"@odata.nextLink"`
	}
	switch err := strictly(body, &list); {
	case err != nil || list.Value == nil:
		return nil, malformed("it is no list of users")
	case list.NextLink != "":
		return nil, malformed("the users of one address go on beyond a page")
	}

	var matches []dsr.DirectoryMatch
	for _, u := range *list.Value {
		m, err := u.match(attribute, address)
		if err != nil {
			return nil, err
		}
		matches = append(matches, m)
	}

	return matches, nil
}

// match checks that a user is the one that was asked for.
func (u user) match(attribute, address string) (dsr.DirectoryMatch, error) {
	has := u.UserPrincipalName
	if attribute == attributeMail {
		has = ""
		if u.Mail != nil {
			has = *u.Mail
		}
	}

	switch {
	case !objectID.MatchString(u.ID):
		return dsr.DirectoryMatch{}, malformed("a user has no object id")
	case !strings.EqualFold(has, address):
		return dsr.DirectoryMatch{}, malformed("it is about somebody who was not asked for")
	}
	return dsr.DirectoryMatch{ObjectID: u.ID, By: attribute}, nil
}

// strictly decodes one JSON value without a member that stands twice.
func strictly(body []byte, into any) error {
	text, err := dsr.StrictJSON(body)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func readBounded(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err != nil {
		return nil, err // classified where it is read
	}
	if len(body) > maxAnswer {
		return nil, malformed("it is too long")
	}
	return body, nil
}

// malformed returns the error of an answer that can't be believed. A later one may be good.
func malformed(what string) error {
	return dsr.Errorf(dsr.Transient, dsr.ReasonMalformedAnswer, "%s: the answer can't be used: %s", label, what)
}
