package fakeml

import (
	"fmt"
	"strings"
)

// Values of systemData's createdByType.
const (
	TypeUser            = "User"
	TypeApplication     = "Application"
	TypeManagedIdentity = "ManagedIdentity"
)

// Person is who made something in the second generation: a user, or what is no
// person, a service principal or a managed identity.
type Person struct {
	ObjectID, TenantID string
	// Name is the display name; of a service principal it is the app's id.
	Name string
	// UPN and PUID are empty where the service doesn't know them.
	UPN, PUID string
	// Type is one of TypeUser, TypeApplication and TypeManagedIdentity.
	Type string
}

// HomeTenant returns the tenant of the data subject, OtherTenant that of the
// others' second half.
func (a *Account) HomeTenant() string { return a.guid(ofUser, others+1) }

// OtherTenant returns a tenant that the subject has no user in.
func (a *Account) OtherTenant() string { return a.guid(ofUser, others+2) }

// SubjectUPN is the data subject's user principal name.
const SubjectUPN = "dana@contoso.example"

// Subject returns the data subject.
func (a *Account) Subject() Person {
	_, name := a.person(0, 0)
	return Person{
		ObjectID: a.subject(),
		TenantID: a.HomeTenant(),
		Name:     name,
		UPN:      SubjectUPN,
		Type:     TypeUser,
	}
}

// Namesake returns somebody else whose display name is the subject's.
func (a *Account) Namesake() Person {
	p := a.Subject()
	p.ObjectID, p.UPN = a.guid(ofML, ofUser, 1), "dana.uebersdottir@contoso.example"
	return p
}

// Guest returns a guest from another tenant, the only one with a PUID.
func (a *Account) Guest() Person {
	return Person{
		ObjectID: a.guid(ofML, ofUser, 2),
		TenantID: a.OtherTenant(),
		Name:     "Guest Übersdottir",
		PUID:     a.GuestPUID(),
		Type:     TypeUser,
	}
}

// GuestPUID returns the guest's PUID.
func (a *Account) GuestPUID() string {
	return "1003" + strings.ToUpper(fmt.Sprintf("%012x", a.number(ofML, ofUser)&(1<<48-1)))
}

// ServicePrincipal returns the application that made some of the things.
func (a *Account) ServicePrincipal() Person {
	return Person{
		ObjectID: a.guid(ofML, ofUser, 3),
		TenantID: a.HomeTenant(),
		Name:     a.guid(ofML, ofUser, 4),
		Type:     TypeApplication,
	}
}

// ManagedIdentity returns the managed identity that made some of the things.
func (a *Account) ManagedIdentity() Person {
	return Person{
		ObjectID: a.guid(ofML, ofUser, 5),
		TenantID: a.HomeTenant(),
		Name:     a.guid(ofML, ofUser, 6),
		Type:     TypeManagedIdentity,
	}
}

// colleague is one of the other people, by turns of both tenants.
func (a *Account) colleague(i int) Person {
	n := a.number(ofML, ofUser, uint64(i)) % others
	p := Person{
		ObjectID: a.guid(ofUser, n+1),
		TenantID: a.HomeTenant(),
		Name:     fmt.Sprintf("User %02d", n),
		UPN:      fmt.Sprintf("user%02d@contoso.example", n),
		Type:     TypeUser,
	}
	if n%2 == 1 {
		p.TenantID, p.UPN = a.OtherTenant(), fmt.Sprintf("user%02d@fabrikam.example", n)
	}
	return p
}

// Creator returns who made the thing with this index among its like: the data
// subject every third, from the first, and the others by turns.
func (a *Account) Creator(index int) Person {
	switch index % 9 {
	case 0, 3, 6:
		return a.Subject()
	case 1:
		return a.Namesake()
	case 2:
		return a.Guest()
	case 7:
		return a.ServicePrincipal()
	case 8:
		return a.ManagedIdentity()
	}
	return a.colleague(index)
}

// userOf returns who made the thing with this index, or a colleague where that is
// no person.
func (a *Account) userOf(index int) Person {
	if p := a.Creator(index); p.Type == TypeUser {
		return p
	}
	return a.colleague(index)
}

// record is the user record of the data plane, all eight fields.
func (p Person) record(layout int) string {
	issuer, alt := "null", "null"
	if p.Type == TypeUser {
		issuer = text("https://sts.windows.net/" + p.TenantID + "/")
	}
	if p.PUID != "" {
		alt = text("5::" + p.PUID)
	}

	return object(layout,
		field{"userObjectId", text(p.ObjectID)},
		field{"userPuId", orNull(p.PUID)},
		field{"userIdp", "null"},
		field{"userAltSecId", alt},
		field{"userIss", issuer},
		field{"userTenantId", text(p.TenantID)},
		field{"userName", text(p.Name)},
		field{"upn", orNull(p.UPN)},
	)
}

// orNull quotes a string, and writes null for none.
func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return text(s)
}
