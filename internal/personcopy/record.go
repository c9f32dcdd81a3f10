package personcopy

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/document"
)

// value is a JSON value as it stands, with members that are repeated.
type value struct {
	kind    jsontext.Kind
	text    string   // of a string
	plain   string   // of a string, a number or a truth value
	members []string // names, of an object
	inner   []value  // of an object or an array
}

// lenient takes what documents of the service may have.
func lenient() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
}

// parse reads a document that is held in memory.
func parse(doc []byte) (value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(doc), lenient()...)
	v, err := parseValue(dec)
	if err != nil {
		return value{}, document.ErrMalformed // err quotes the document
	}
	if _, err := dec.ReadToken(); err == nil {
		return value{}, document.ErrMalformed
	}
	return v, nil
}

var errEnd = errors.New("the end of an object or array")

func parseValue(dec *jsontext.Decoder) (value, error) {
	tok, err := dec.ReadToken()
	if err != nil {
		return value{}, err //nolint:wrapcheck // parse replaces it, because it quotes the document
	}

	v := value{kind: tok.Kind()}
	switch v.kind {
	case '"':
		v.text, v.plain = tok.String(), tok.String()
	case '}', ']':
		return v, errEnd
	case '{', '[':
		err = v.parseInner(dec)
	default:
		v.plain = tok.String()
	}

	return v, err
}

func (v *value) parseInner(dec *jsontext.Decoder) error {
	for {
		inner, err := parseValue(dec)
		if errors.Is(err, errEnd) {
			return nil
		}
		if err == nil && v.kind == '{' {
			v.members = append(v.members, inner.text)
			inner, err = parseValue(dec)
		}
		if err != nil {
			return err
		}
		v.inner = append(v.inner, inner)
	}
}

// memberKind is what a member of a record says of a person.
type memberKind uint8

const (
	noMember     memberKind = iota
	objectMember            // an object id
	globalMember            // a PUID, or an alternate security id
	idMember                // another identifier
	nameMember              // a display name
	titleMember             // the display name of a person, or of a thing
	makerMember             // a name, an address or a record of whoever made or changed something
	tenantMember            // the id of a tenant, which is nobody's
)

// memberKinds are the names of such members, in small letters without signs between words.
var memberKinds = map[string]memberKind{
	"userobjectid": objectMember, "objectid": objectMember, "oid": objectMember, "aadobjectid": objectMember,
	"entraobjectid": objectMember, "useroid": objectMember, "principalid": objectMember, "userid": objectMember,
	"userpuid": globalMember, "puid": globalMember, "useraltsecid": globalMember, "altsecid": globalMember,
	"upn": idMember, "userprincipalname": idMember, "userupn": idMember, "email": idMember, "useremail": idMember,
	"mail": idMember, "usermail": idMember, "emailaddress": idMember, "signinname": idMember,
	"username": nameMember, "displayname": titleMember, "user": nameMember, "fullname": nameMember,
	"createdby": makerMember, "modifiedby": makerMember, "lastmodifiedby": makerMember, "submittedby": makerMember, "approvedby": makerMember,
	"usertenantid": tenantMember, "tenantid": tenantMember, "userorgid": tenantMember, "tid": tenantMember,
}

var betweenWords = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

func kindOf(member string) memberKind {
	return memberKinds[betweenWords.Replace(strings.ToLower(member))]
}

// isAccount reports whether only records of people have a member.
func isAccount(member string) bool {
	return strings.HasPrefix(betweenWords.Replace(strings.ToLower(member)), "userobject")
}

// isPersonsName reports whether an object under a name is a record of a person.
func isPersonsName(member string) bool {
	small := strings.ToLower(member)
	return strings.HasSuffix(small, "by") || strings.HasSuffix(small, "user")
}

// record is what an object says of a person.
type record struct {
	objects []string // object ids
	globals []string // PUIDs and alternate security ids
	ids     []string // sign-in names and mail addresses
	names   []string
	tenants []string
	makers  []string // names or addresses of others than whom the rest is about
}

// recordOf returns what the members of an object say of a person. isPerson says that the
// object stands under a name such as createdBy.
func recordOf(v value, isPerson bool) record {
	var r record
	account, titles := isPerson, 0
	for i, member := range v.members {
		text := strings.TrimSpace(v.inner[i].text)
		if text == "" {
			continue
		}
		switch kindOf(member) {
		case objectMember:
			r.addID(text)
			account = account || isAccount(member)
		case globalMember:
			r.globals = append(r.globals, text)
		case idMember:
			r.ids, account = append(r.ids, text), true
		case titleMember:
			r.names = append(r.names, text)
			titles++
		case nameMember:
			r.names = append(r.names, text)
		case makerMember:
			r.makers = append(r.makers, text)
		case tenantMember:
			r.tenants = append(r.tenants, text)
		}
	}

	if !account && (titles > 0 || len(r.objects)+len(r.globals) == 0) {
		r.names = nil // the display name of a run, or the user of a database
	}

	return r
}

// addID adds what stands under the name of an object id. Applications put other ids there.
func (r *record) addID(text string) {
	if len(compactID(text)) == len(text)-len("----") || len(compactID(text)) == compactLength {
		r.objects = append(r.objects, text)
	} else {
		r.ids = append(r.ids, text)
	}
}

func (r *record) isEmpty() bool {
	return len(r.objects)+len(r.globals)+len(r.ids)+len(r.names) == 0
}
