package personcopy_test

import (
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

// human is somebody of the fake account.
type human struct{ kind, id, tenant, name, upn, puid, altSecID string }

const (
	contoso  = "72f98888-8a11-41af-91ab-2d7cd0110000"
	fabrikam = "99998888-8a11-41af-91ab-2d7cd0110000"
)

func (h human) subject() dsr.Subject {
	return dsr.Subject{
		ObjectID:          h.id,
		TenantID:          contoso,
		UserPrincipalName: h.upn,
		DisplayName:       h.name,
		PUID:              h.puid,
	}
}

// record is the data plane's record of somebody.
func (h human) record() map[string]any {
	return map[string]any{
		"userObjectId": h.id,
		"userTenantId": h.tenant,
		"userName":     h.name,
		"upn":          h.upn,
		"userPuId":     h.puid,
		"userAltSecId": h.altSecID,
	}
}

// mail is the address at which somebody is known outside, "" for nobody.
func (h human) mail() string {
	if user, isGuest := strings.CutSuffix(h.upn, "#EXT#@contoso.onmicrosoft.example"); isGuest {
		return strings.Replace(user, "_", "@", 1)
	}
	return h.upn
}

// account returns 20 people: colleagues, two pairs of namesakes, guests and service
// principals. One colleague has the sign-in name that another had before.
func account() []human {
	given := []string{"Amara", "Bruno", "Chiyo", "Dmitri", "Élodie", "Farid", "Greta", "Hamish", "Ines", "Jörg", "Katya", "Liam", "Mei", "Noor", "Oskar", "Bo"}
	var out []human
	for i, g := range given {
		name := g + " Lastname" + string(rune('A'+i))
		h := human{
			kind:     "colleague",
			id:       fmt.Sprintf("%08x-1111-4222-8333-%012x", 0xa0000000+i, i+1),
			tenant:   contoso,
			name:     name,
			upn:      plainName(name) + "@contoso.example",
			puid:     fmt.Sprintf("10032000%08X", 0xABC00000+i),
			altSecID: fmt.Sprintf("1:%s:10032000%08X", contoso, 0xABC00000+i),
		}
		switch i {
		case 3, 4:
			h.kind, h.tenant = "guest", fabrikam
			h.upn = fmt.Sprintf("%s_fabrikam.example#EXT#@contoso.onmicrosoft.example", plainName(name))
			h.altSecID = fmt.Sprintf("5::10032000%08X", 0xABC00000+i)
		case 7, 13:
			h.kind, h.name = "namesake", out[i-1].name
			h.upn = fmt.Sprintf("another%d.one@contoso.example", i)
		case 9:
			h.altSecID = "5:idp:" + contoso // an issuer that names the tenant
		case 15:
			h.upn = "bo@contoso.example"
		}
		out = append(out, h)
	}
	for i := range 4 {
		out = append(out, human{
			kind:   "application",
			id:     fmt.Sprintf("%08x-7777-4888-8999-%012x", 0xc0000000+i, i+1),
			tenant: contoso,
			name:   fmt.Sprintf("%08x-4444-4555-8666-%012x", 0xb0000000+i, i+1),
		})
	}
	return out
}

// plainName is a name as addresses have it.
func plainName(name string) string {
	return strings.NewReplacer("é", "e", "ö", "o", " ", ".").Replace(strings.ToLower(name))
}
