package azureml

import (
	"bytes"
	"encoding/json"
	"strings"

	"azureml-dsr/internal/dsr"
)

// Owner is a place in a document that may say whose it is.
type Owner struct {
	// Pointer leads to an object, by the members' names between slashes.
	Pointer string
	// Shape is what kind of object it is.
	Shape OwnerShape
}

// OwnerShape is one of the ways in which Azure ML names a person.
type OwnerShape uint8

// The shapes, with the members that identify somebody.
const (
	// UserRecord is the data plane's: userObjectId, userTenantId, upn, userPuId,
	// userAltSecId, userName.
	UserRecord OwnerShape = iota
	// SystemData is ARM's: createdBy, which holds a sign-in name or only a display
	// name, and createdByType. Other services have a user record there.
	SystemData
	// AssignedUser is that of a compute instance: objectId, tenantId.
	AssignedUser
	// ComputeCreator is that of a compute instance that is assigned to nobody: userId,
	// userOrgId, userName.
	ComputeCreator
	// Metadata is what an application notes of a chat, under names of its own. Those of
	// userNames say with whom it is: an object id, a sign-in name or a display name.
	Metadata
)

// person is what a document says of somebody. What it doesn't say is empty.
type person struct {
	objectID, tenantID string
	signIn             string
	puid               []string
	name               string
}

// OwnerOf returns whose a document of a row is.
//
// It is the subject's by an id: the object id in the directory, or a guest's global id.
// Where there is no object id to compare, it is also the subject's by the sign-in name
// or a mail address. Namesakes share a display name, so that makes it only possibly the
// subject's. Another's object id outweighs a sign-in name, which somebody new may have
// been given.
func OwnerOf(op Operation, doc []byte, s *dsr.Subject) dsr.Ownership {
	if s == nil {
		return dsr.OwnerUnknown
	}
	for _, o := range op.Owners {
		if p, ok := o.read(doc); ok {
			return p.compare(s)
		}
	}
	return dsr.OwnerUnknown
}

// Named is whom a document names as its owner.
type Named struct {
	// IDs are object ids, global ids and sign-in names, Names display names.
	IDs, Names []string
}

// OwnerAndNamed is OwnerOf for a known subject. It returns besides whom the document names.
func OwnerAndNamed(op Operation, doc []byte, s *dsr.Subject) (dsr.Ownership, Named) {
	for _, o := range op.Owners {
		if p, ok := o.read(doc); ok {
			return p.compare(s), p.named()
		}
	}
	return dsr.OwnerUnknown, Named{}
}

func (p person) named() Named {
	var n Named
	for _, id := range append([]string{p.objectID}, p.puid...) {
		if id != "" {
			n.IDs = append(n.IDs, id)
		}
	}
	for _, text := range []string{p.signIn, p.name} {
		switch {
		case text == "":
		case strings.Contains(text, "@") || objectID.MatchString(text):
			n.IDs = append(n.IDs, text)
		default:
			n.Names = append(n.Names, text)
		}
	}
	return n
}

// read returns the person that a document names there; false where it names none.
func (o Owner) read(doc []byte) (person, bool) {
	if !o.mayStandIn(doc) {
		return person{}, false
	}
	raw := json.RawMessage(doc)
	for name := range strings.SplitSeq(strings.Trim(o.Pointer, "/"), "/") {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			return person{}, false
		}
		raw = members[name]
	}

	var m map[string]any
	if json.Unmarshal(raw, &m) != nil || m == nil {
		return person{}, false
	}

	text := func(name string) string {
		s, _ := m[name].(string)
		return strings.TrimSpace(s)
	}

	switch o.Shape {
	case UserRecord:
		return userRecord(text), true
	case Metadata:
		return noted(m)
	case AssignedUser:
		return person{objectID: text("objectId"), tenantID: text("tenantId")}, true
	case ComputeCreator:
		return person{objectID: text("userId"), tenantID: text("userOrgId"), name: text("userName")}, true
	default:
		if _, record := m["createdBy"].(map[string]any); record {
			return Owner{"/createdBy", UserRecord}.read(raw)
		}
		kind := text("createdByType")
		return person{signIn: text("createdBy"), name: text("createdBy")}, kind == "" || strings.EqualFold(kind, "User")
	}
}

// mayStandIn reports whether a document has the names of the pointer's members somewhere. It
// saves reading most documents that name nobody there.
func (o Owner) mayStandIn(doc []byte) bool {
	for name := range strings.SplitSeq(strings.Trim(o.Pointer, "/"), "/") {
		if !bytes.Contains(doc, []byte(name)) && !bytes.Contains(doc, []byte(`\u`)) {
			return false // a name may be spelled with escapes
		}
	}
	return true
}

// userRecord returns the person of a user record.
func userRecord(text func(string) string) person {
	return person{
		objectID: text("userObjectId"),
		tenantID: text("userTenantId"),
		signIn:   text("upn"),
		puid:     []string{text("userPuId"), text("userAltSecId")},
		name:     text("userName"),
	}
}

// compare returns what ids and names show of whether a person is the subject.
func (p person) compare(s *dsr.Subject) dsr.Ownership {
	for _, id := range p.puid {
		// An alternate security id is an issuer, a colon and the global id.
		if same(id, s.PUID) || same(id[strings.LastIndexByte(id, ':')+1:], s.PUID) {
			return dsr.OwnerSubject
		}
	}

	if p.objectID != "" && s.ObjectID != "" {
		return p.compareObjectID(s)
	}

	switch {
	case p.signsInAs(s):
		return dsr.OwnerSubject
	case same(p.name, s.DisplayName):
		return dsr.OwnerPossible
	default:
		return dsr.OwnerUnknown
	}
}

// compareObjectID compares two known object ids, which outweigh names.
func (p person) compareObjectID(s *dsr.Subject) dsr.Ownership {
	otherTenant := p.tenantID != "" && s.TenantID != "" && !same(p.tenantID, s.TenantID)
	switch {
	case same(p.objectID, s.ObjectID) && otherTenant:
		return dsr.OwnerPossible
	case same(p.objectID, s.ObjectID):
		return dsr.OwnerSubject
	case p.signsInAs(s):
		return dsr.OwnerPossible
	default:
		return dsr.OwnerUnknown
	}
}

// same reports whether two texts are known and equal.
func same(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

func (p person) signsInAs(s *dsr.Subject) bool {
	for _, alias := range append([]string{s.UserPrincipalName, s.ObjectID}, s.Mail...) {
		for _, given := range []string{p.signIn, p.name} {
			if given != "" && strings.EqualFold(given, alias) {
				return true
			}
		}
	}
	return false
}
