package azureml

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestWithWhomAChatIs(t *testing.T) {
	const id, other = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
	subject := &dsr.Subject{
		ObjectID:          id,
		UserPrincipalName: "dana@contoso.example",
		DisplayName:       "Dana Übersdottir",
		Mail:              []string{"d@contoso.example"},
	}
	for name, tt := range map[string]struct {
		metadata string
		want     dsr.Ownership
	}{
		"the object id":                             {`{"user_id":"` + id + `"}`, dsr.OwnerSubject},
		"in capitals, under another name":           {`{"AAD-Object-Id":"11111111-2222-3333-4444-555555555555"}`, dsr.OwnerSubject},
		"the sign-in name":                          {`{"userEmail":"DANA@contoso.example"}`, dsr.OwnerSubject},
		"a mail address":                            {`{"email":" d@contoso.example "}`, dsr.OwnerSubject},
		"another's object id beside the name":       {`{"user_id":"` + other + `","upn":"dana@contoso.example"}`, dsr.OwnerPossible},
		"another's object id":                       {`{"user_id":"` + other + `"}`, dsr.OwnerUnknown},
		"a display name":                            {`{"user":"Dana Übersdottir"}`, dsr.OwnerPossible},
		"the object id under a name that says else": {`{"reviewer":"` + id + `"}`, dsr.OwnerUnknown},
		"nothing":  {`{}`, dsr.OwnerUnknown},
		"null":     {`null`, dsr.OwnerUnknown},
		"a text":   {`"` + id + `"`, dsr.OwnerUnknown},
		"a number": {`{"user_id":7}`, dsr.OwnerUnknown},
	} {
		for _, row := range []Operation{row(t, "W68i"), row(t, "W73i")} {
			if got := OwnerOf(row, []byte(`{"id":"x","metadata":`+tt.metadata+`}`), subject); got != tt.want {
				t.Errorf("%s: %s is %q, want %q", name, row.ID, got, tt.want)
			}
		}
	}
}

func TestSystemDataMayHoldAUserRecord(t *testing.T) {
	subject := &dsr.Subject{ObjectID: "oid-1", UserPrincipalName: "dana@contoso.example", DisplayName: "Dana"}
	for doc, want := range map[string]dsr.Ownership{
		`{"systemData":{"createdBy":{"userObjectId":"OID-1","userTenantId":"t","userName":"Dana"}}}`: dsr.OwnerSubject,
		`{"systemData":{"createdBy":{"userObjectId":"oid-2","userTenantId":"t","userName":"Dana"}}}`: dsr.OwnerUnknown,
		`{"systemData":{"createdBy":{"userObjectId":null,"userName":"Dana"}}}`:                       dsr.OwnerPossible,
		`{"systemData":{"createdBy":"dana@contoso.example","createdByType":"User"}}`:                 dsr.OwnerSubject,
		`{"systemData":{"createdBy":"Dana","createdByType":"User"}}`:                                 dsr.OwnerPossible,
		`{"systemData":{"createdBy":"Dana","createdByType":"Application"}}`:                          dsr.OwnerUnknown,
		`{"systemData":{"createdBy":["Dana"],"createdByType":"User"}}`:                               dsr.OwnerUnknown,
	} {
		for _, id := range []string{"W74i", "W76i", "W78i", "W29"} {
			if got := OwnerOf(row(t, id), []byte(doc), subject); got != want {
				t.Errorf("%s: %s is %q, want %q", id, doc, got, want)
			}
		}
	}
}
