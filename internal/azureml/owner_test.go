package azureml

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestWhoseADocumentIs(t *testing.T) {
	dana := &dsr.Subject{
		ObjectID:          "OID-1",
		TenantID:          "tenant-1",
		UserPrincipalName: "dana@contoso.example",
		DisplayName:       "Dana Ü",
		Mail:              []string{"d.u@mail.example"},
	}
	guest := &dsr.Subject{PUID: "10032001ABCDEF01", DisplayName: "Guest"}
	byName := &dsr.Subject{UserPrincipalName: "dana@contoso.example", DisplayName: "Dana Ü"}
	tests := []struct {
		name    string
		subject *dsr.Subject
		row     string
		doc     string
		want    dsr.Ownership
	}{
		{"the object id, in other letters", dana, "W53", `{"createdBy":{"userObjectId":"oid-1","userTenantId":"TENANT-1","userName":"x"}}`, dsr.OwnerSubject},
		{"the object id without a tenant", dana, "W53", `{"createdBy":{"userObjectId":"oid-1"}}`, dsr.OwnerSubject},
		{"the object id in another tenant", dana, "W53", `{"createdBy":{"userObjectId":"oid-1","userTenantId":"tenant-2"}}`, dsr.OwnerPossible},
		{"a namesake", dana, "W53", `{"createdBy":{"userObjectId":"oid-2","userName":"Dana Ü"}}`, dsr.OwnerUnknown},
		{"a sign-in name that was given to somebody new", dana, "W53", `{"createdBy":{"userObjectId":"oid-2","upn":"dana@contoso.example"}}`, dsr.OwnerPossible},
		{"the sign-in name without an object id", dana, "W53", `{"createdBy":{"userObjectId":null,"upn":"DANA@contoso.example"}}`, dsr.OwnerSubject},
		{"the sign-in name when the request has no object id", byName, "W53", `{"createdBy":{"userObjectId":"oid-1","upn":"dana@contoso.example"}}`, dsr.OwnerSubject},
		{"the display name when the request has no object id", byName, "W53", `{"createdBy":{"userObjectId":"oid-1","userName":"dana ü"}}`, dsr.OwnerPossible},
		{"a guest by the global id", guest, "W53", `{"createdBy":{"userObjectId":"oid-9","userPuId":"10032001abcdef01"}}`, dsr.OwnerSubject},
		{"a guest by the alternate id", guest, "W53", `{"createdBy":{"userAltSecId":"1:live.com:10032001ABCDEF01"}}`, dsr.OwnerSubject},
		{"another guest", guest, "W53", `{"createdBy":{"userPuId":"10032001ABCDEF02"}}`, dsr.OwnerUnknown},
		{"who changed it last does not own it", dana, "W53", `{"createdBy":{"userObjectId":"oid-2"},"lastModifiedBy":{"userObjectId":"oid-1"}}`, dsr.OwnerUnknown},
		{"ARM says the sign-in name", dana, "W29", `{"systemData":{"createdBy":"dana@contoso.example","createdByType":"User"}}`, dsr.OwnerSubject},
		{"ARM says a mail address", dana, "W29", `{"systemData":{"createdBy":"d.u@mail.example"}}`, dsr.OwnerSubject},
		{"ARM says the display name", dana, "W11", `{"systemData":{"createdBy":"Dana Ü","createdByType":"User"}}`, dsr.OwnerPossible},
		{"an application of that name", dana, "W11", `{"systemData":{"createdBy":"Dana Ü","createdByType":"Application"}}`, dsr.OwnerUnknown},
		{"a managed identity with the sign-in name", dana, "W11", `{"systemData":{"createdBy":"dana@contoso.example","createdByType":"ManagedIdentity"}}`, dsr.OwnerUnknown},
		{"a compute instance of hers, made by another", dana, "W05", `{"systemData":{"createdBy":"admin@contoso.example"},"properties":{"properties":{"personalComputeInstanceSettings":{"assignedUser":{"objectId":"oid-1","tenantId":"tenant-1"}}}}}`, dsr.OwnerSubject},
		{"a compute instance of another's, made by her", dana, "W05", `{"systemData":{"createdBy":"dana@contoso.example"},"properties":{"properties":{"personalComputeInstanceSettings":{"assignedUser":{"objectId":"oid-2","tenantId":"tenant-1"}},"createdBy":{"userId":"oid-1"}}}}`, dsr.OwnerUnknown},
		{"a compute instance that is assigned to nobody", dana, "W05", `{"properties":{"properties":{"personalComputeInstanceSettings":null,"createdBy":{"userId":"oid-1","userOrgId":"tenant-1"}}}}`, dsr.OwnerSubject},
		{"a cluster that she made serves all", dana, "W05", `{"systemData":{"createdBy":"dana@contoso.example"},"properties":{"computeType":"AmlCompute","properties":{}}}`, dsr.OwnerUnknown},
		{"a registered model", dana, "W62i", `{"createdBy":{"userObjectId":"oid-1"}}`, dsr.OwnerSubject},
		{"no owner", dana, "W53", `{}`, dsr.OwnerUnknown},
		{"an owner of another shape", dana, "W53", `{"createdBy":"oid-1"}`, dsr.OwnerUnknown},
		{"no object", dana, "W53", `[1]`, dsr.OwnerUnknown},
		{"an empty record and an empty subject", &dsr.Subject{}, "W53", `{"createdBy":{"userObjectId":"","upn":"","userName":""}}`, dsr.OwnerUnknown},
		{"no subject", nil, "W53", `{"createdBy":{"userObjectId":"oid-1"}}`, dsr.OwnerUnknown},
		{"the first generation says nothing of it", dana, "E03", `{"createdBy":{"userObjectId":"oid-1"}}`, dsr.OwnerUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := OwnerOf(row(t, tt.row), []byte(tt.doc), tt.subject); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
