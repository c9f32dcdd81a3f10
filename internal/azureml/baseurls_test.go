package azureml

import (
	"strings"
	"testing"
)

func TestEveryCloudHasItsOwnConstants(t *testing.T) {
	tests := []struct{ name, arm, scope, suffix string }{
		{"", "https://management.azure.com", "https://management.core.windows.net//.default", "core.windows.net"},
		{"AzurePublicCloud", "https://management.azure.com", "https://management.core.windows.net//.default", "core.windows.net"},
		{"AzureChinaCloud", "https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn//.default", "core.chinacloudapi.cn"},
		{"AzureUSGovernment", "https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net//.default", "core.usgovcloudapi.net"},
	}
	for _, tt := range tests {
		c, err := CloudByName(tt.name)
		if err != nil || c.ARM != tt.arm || c.Scope() != tt.scope || c.StorageSuffix != tt.suffix || c.Authority == "" {
			t.Errorf("%q: %+v, %v", tt.name, c, err)
		}
	}
	if _, err := CloudByName("AzureGermanCloud"); err == nil || !strings.Contains(err.Error(), "AZURE_CLOUD") {
		t.Errorf("an unknown cloud: %v", err)
	}
}

func TestResolveBaseURLs(t *testing.T) {
	public, _ := CloudByName(PublicCloud)
	china, _ := CloudByName("AzureChinaCloud")
	tests := []struct {
		name         string
		cloud        Cloud
		arm, mm, exp string
		wrong        []string // settings that the error names; none = fine
	}{
		{"the public cloud needs no setting", public, "", "", "", nil},
		{"another cloud needs both data planes", china, "", "", "", []string{settingModelManagement, settingExperiments}},
		{"another cloud with both data planes", china, "", "https://mm.example.cn", "https://{location}.exp.example.cn/", nil},
		{"plain http to loopback", public, "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", nil},
		{"plain http elsewhere", public, "http://10.0.0.1", "", "", []string{settingARM}},
		{"plain http to a name that only begins like loopback", public, "http://127.0.0.1.example.com", "", "", []string{settingARM}},
		{"another scheme", public, "ftp://127.0.0.1", "", "", []string{settingARM}},
		{"no scheme", public, "management.azure.com", "", "", []string{settingARM}},
		{"a user", public, "https://a:b@host", "", "", []string{settingARM}},
		{"a query", public, "", "https://host?x=1", "", []string{settingModelManagement}},
		{"a fragment", public, "", "", "https://host#x", []string{settingExperiments}},
		{"a region in the base URL of ARM", public, "https://{location}.example.com", "", "", []string{settingARM}},
		{"all wrong at once", public, "x", "y", "z", []string{settingARM, settingModelManagement, settingExperiments}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ResolveBaseURLs(tt.cloud, tt.arm, tt.mm, tt.exp)
			if (err != nil) != (tt.wrong != nil) {
				t.Fatalf("error %v, want one about %v", err, tt.wrong)
			}

			for _, name := range tt.wrong {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("the error %q doesn't name %s", err, name)
				}
			}
		})
	}
}

func TestAllLoopbackMeansEveryPlane(t *testing.T) {
	const local, far = "http://127.0.0.1:1", "https://{location}.example.com"
	tests := []struct {
		b    BaseURLs
		want bool
	}{
		{BaseURLs{local, local, local}, true},
		{BaseURLs{local, "https://localhost/x", "http://[::1]:2"}, true},
		{BaseURLs{local, local, far}, false},
		{BaseURLs{far, local, local}, false},
		{BaseURLs{}, false},
	}
	for _, tt := range tests {
		if got := tt.b.AllLoopback(); got != tt.want {
			t.Errorf("%+v: %v", tt.b, got)
		}
	}
}

func TestNewRefusesWrongOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("no credential was accepted")
	}
	_, err := New(Options{Credential: StaticToken("x"), BaseURLs: BaseURLs{Experiments: "http://example.com"}})
	if err == nil || !strings.Contains(err.Error(), settingExperiments) {
		t.Errorf("plain http to a strange host: %v", err)
	}
}
