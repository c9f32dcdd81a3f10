package config

import (
	"maps"
	"strings"
	"testing"
)

func TestHowCallersAreRecognised(t *testing.T) {
	const tenant, other = "72f988bf-86f1-41af-91ab-2d7cd011db47", "11111111-86f1-41af-91ab-2d7cd011db47"
	token := strings.Repeat("t", minAPIToken)
	for name, tt := range map[string]struct {
		settings map[string]string
		want     API
		fault    string // the setting that is wrong
	}{
		"by nobody":             {nil, API{}, ""},
		"by the platform":       {map[string]string{"WEBSITE_AUTH_ENABLED": "True", "DSR_TENANT_ID": tenant, "AZURE_TENANT_ID": other}, API{Platform: true, TenantID: tenant}, ""},
		"the identity's tenant": {map[string]string{"WEBSITE_AUTH_ENABLED": "True", "AZURE_TENANT_ID": other}, API{Platform: true, TenantID: other}, ""},
		"a word that is no yes": {map[string]string{"WEBSITE_AUTH_ENABLED": "1", "DSR_TENANT_ID": tenant}, API{TenantID: tenant}, ""},
		"a domain as tenant":    {map[string]string{"DSR_TENANT_ID": "example.org"}, API{TenantID: "example.org"}, "DSR_TENANT_ID"},
		"by a token":            {map[string]string{"DSR_API_TOKEN": token}, API{Token: token}, ""},
		"a token that is short": {map[string]string{"DSR_API_TOKEN": token[1:]}, API{Token: token[1:]}, "DSR_API_TOKEN"},
		"a token on Azure":      {map[string]string{"DSR_API_TOKEN": token, "WEBSITE_INSTANCE_ID": "i"}, API{Token: token}, "DSR_API_TOKEN"},
		"a token beside":        {map[string]string{"DSR_API_TOKEN": token, "WEBSITE_AUTH_ENABLED": "True"}, API{Token: token, Platform: true}, "DSR_API_TOKEN"},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{"ServiceBusConnection__fullyQualifiedNamespace": "n.servicebus.windows.net", "ExportStorage__blobServiceUri": "https://n.blob.core.windows.net"}
			maps.Copy(values, tt.settings)
			s, err := Load(FromMap(values))
			if s.API != tt.want {
				t.Errorf("got %+v", s.API)
			}
			if (err == nil) != (tt.fault == "") || (err != nil && !strings.Contains(err.Error(), tt.fault+": ")) {
				t.Errorf("%v, want a fault of %q", err, tt.fault)
			}
			if err != nil && strings.Contains(err.Error(), "ttt") {
				t.Error("the token is told")
			}
		})
	}
}
