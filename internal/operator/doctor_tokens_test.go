package operator

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"azureml-dsr/internal/azureml"
)

// identity gives tokens for all audiences but one.
type identity struct{ token, without string }

func (i identity) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if o.Scopes[0] == i.without {
		return azcore.AccessToken{}, errors.New("secret")
	}
	return azcore.AccessToken{Token: i.token}, nil
}

func TestTheDoctorObtainsATokenOfEachAudience(t *testing.T) {
	cloud, _ := azureml.CloudByName("")
	for name, c := range map[string]struct {
		without string
		ok      []bool
		command string // of the last finding
	}{
		"there are both":          {"", []bool{true, true}, ""},
		"there is none":           {cloud.Scope(), []bool{false}, "az login --scope https://management.core.windows.net//.default"},
		"the data plane has none": {cloud.DataPlaneScope(), []bool{true, false}, "az login --scope https://ml.azure.com/.default"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoctor(DoctorOptions{})
			d.settings.Cloud = cloud
			d.obtainEach(t.Context(), identity{"t", c.without}, nil)
			if len(d.findings) != len(c.ok) {
				t.Fatalf("found %+v", d.findings)
			}
			for i, f := range d.findings {
				if f.OK != c.ok[i] || strings.Contains(f.Detail+f.Remedy+f.Command, "secret") {
					t.Errorf("found %+v", f)
				}
			}
			if last := d.findings[len(d.findings)-1]; last.Command != c.command {
				t.Errorf("the remedy is %q", last.Command)
			}
		})
	}
}

func TestARoleIsGrantedToWhomTheTokenIsFor(t *testing.T) {
	token := func(claims string) string {
		return "h." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".s"
	}
	const oid = "11111111-2222-3333-4444-555555555555"
	for name, c := range map[string]struct{ token, flags string }{
		"a managed identity":       {token(`{"oid":"` + oid + `","idtyp":"app"}`), "--assignee-object-id " + oid + " --assignee-principal-type ServicePrincipal"},
		"an identity without type": {token(`{"oid":"` + oid + `"}`), "--assignee-object-id " + oid + " --assignee-principal-type ServicePrincipal"},
		"a person":                 {token(`{"oid":"` + oid + `","scp":"user_impersonation"}`), "--assignee-object-id " + oid + " --assignee-principal-type User"},
		"a token without a person": {token(`{}`), "--assignee IDENTITY"},
		"an id that is a command":  {token(`{"oid":"$(reboot)"}`), "--assignee IDENTITY"},
		"no token of three parts":  {"secret", "--assignee IDENTITY"},
		"claims that are no JSON":  {token("{"), "--assignee IDENTITY"},
		"claims that are no text":  {"a.!.c", "--assignee IDENTITY"},
	} {
		if got := assigneeOf(c.token).flags(); got != c.flags {
			t.Errorf("%s: %s", name, got)
		}
	}
}
