package operator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// assignee is who roles are granted to. The zero one is nobody that is known.
type assignee struct {
	objectID string
	app      bool // a service principal, such as a managed identity
}

// assigneeOf reads who a token is for. It checks no signature, for the answer only makes a
// command more exact. A token that can't be read is nobody's.
func assigneeOf(token string) assignee {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return assignee{}
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return assignee{}
	}

	var claims struct {
		OID   string `json:"oid"`
		Type  string `json:"idtyp"`
		Scope string `json:"scp"` // what a person has allowed the client; applications have none
	}
	if json.Unmarshal(body, &claims) != nil || !isObjectID(claims.OID) {
		return assignee{}
	}
	return assignee{
		objectID: claims.OID,
		app:      claims.Type == "app" || (claims.Type == "" && claims.Scope == ""),
	}
}

// isObjectID reports whether text can stand in a command as an object id.
func isObjectID(text string) bool {
	return text != "" && strings.Trim(text, "0123456789abcdefABCDEF-") == ""
}

// flags returns how az is told the assignee.
func (a assignee) flags() string {
	switch {
	case a.objectID == "":
		return "--assignee IDENTITY"
	case a.app:
		return "--assignee-object-id " + a.objectID + " --assignee-principal-type ServicePrincipal"
	}
	return "--assignee-object-id " + a.objectID + " --assignee-principal-type User"
}

// grant returns the command that grants a role.
func (d *doctor) grant(role, scope string) string {
	return fmt.Sprintf("az role assignment create --role %q %s --scope %s", role, d.assignee.flags(), scope)
}

// grantOnNamespace returns the command that grants a role on the namespace, or on a queue
// of it.
func (d *doctor) grantOnNamespace(role, queue string) string {
	if queue == "" {
		return d.grant(role, `"`+d.namespaceID()+`"`)
	}
	return d.grant(role, fmt.Sprintf(`"%s/queues/%s"`, d.namespaceID(), queue))
}

// grantOnContainer returns the command that grants a role on a container.
func (d *doctor) grantOnContainer(role, container string) string {
	return d.grant(role, fmt.Sprintf(`"$(az storage account show --name %s --query id --output tsv)/blobServices/default/containers/%s"`,
		d.settings.StorageAccount(), container))
}

func (d *doctor) namespaceID() string {
	return fmt.Sprintf(`$(az servicebus namespace list --query "[?name=='%s'].id" --output tsv)`, d.settings.Namespace())
}

// settingCommand returns the command that sets a setting of the function app.
func settingCommand(name string) string {
	return "az functionapp config appsettings set --name APP --resource-group GROUP --settings \"" + name + "=VALUE\""
}

// lookUp returns the command that shows what a host's name resolves to.
func lookUp(host string) string { return "nslookup " + host }
