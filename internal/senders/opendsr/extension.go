package opendsr

import (
	"encoding/json"

	strictjson "github.com/go-json-experiment/json"

	"azureml-dsr/internal/dsr"
)

// extension is what a controller can say beyond OpenDSR, in the member of extensions that
// has our domain as its name. Its members mean what they mean in a request.
type extension struct {
	ObjectID          string          `json:"objectId"`
	TenantID          string          `json:"tenantId"`
	UserPrincipalName string          `json:"userPrincipalName"`
	DisplayName       string          `json:"displayName"`
	PUID              string          `json:"puid"`
	Mail              []string        `json:"mail"`
	Kind              string          `json:"kind"`
	What              string          `json:"what"`
	DueAt             string          `json:"dueAt"`
	Scope             json.RawMessage `json:"scope"`
	ResourceTypes     json.RawMessage `json:"resourceTypes"`
	Confirm           json.RawMessage `json:"confirm"`
	Hold              json.RawMessage `json:"hold"`
	AcknowledgeOthers bool            `json:"acknowledgeOthers"`
	DryRun            bool            `json:"dryRun"`
	EraseExports      bool            `json:"eraseExports"`
	Verification      json.RawMessage `json:"verification"`
}

// extensionOf returns our extension. It refuses a member that we don't know: a misspelt
// hold would keep nothing.
func (r Reader) extensionOf(extensions map[string]json.RawMessage) (ext extension, faults Faults) {
	text, found := extensions[r.Domain]
	if !found || r.Domain == "" {
		return ext, nil
	}

	if err := strictjson.Unmarshal(text, &ext, strictjson.RejectUnknownMembers(true)); err != nil {
		return extension{}, Faults{fault("extensions", reasonInvalid, "that of this processor has a member that it does not know, or of another shape")}
	}
	return ext, nil
}

func (e extension) subject() dsr.Subject {
	return dsr.Subject{
		ObjectID:          e.ObjectID,
		TenantID:          e.TenantID,
		UserPrincipalName: e.UserPrincipalName,
		DisplayName:       e.DisplayName,
		PUID:              e.PUID,
		Mail:              e.Mail,
	}
}

func (n *native) setExtension(e extension) {
	n.Scope, n.ResourceTypes, n.Confirm, n.Hold = e.Scope, e.ResourceTypes, e.Confirm, e.Hold
	n.DueAt, n.Verification = e.DueAt, e.Verification
	n.AcknowledgeOthers, n.DryRun, n.EraseExports = e.AcknowledgeOthers, e.DryRun, e.EraseExports
}
