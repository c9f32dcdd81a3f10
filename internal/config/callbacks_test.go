package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/opendsr/opendsrtest"
)

const aSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// signing returns the settings of a signer, changed by more names and values.
func signing(t *testing.T, pairs ...string) map[string]string {
	t.Helper()
	id := opendsrtest.New(t, opendsrtest.Options{})
	return withBase(append([]string{
		"DSR_DOMAIN", opendsrtest.Domain,
		"DSR_SIGNING_KEY", string(id.Key),
		"DSR_SIGNING_CERTIFICATE", string(id.Chain),
	}, pairs...)...)
}

// takes reports whether a callback is taken.
func takes(s Settings, url, format string) bool {
	return s.Callbacks.Check(dsr.Request{Callbacks: []dsr.Callback{{URL: url, Format: format}}}) == nil
}

func TestSettingsOfCallbacksAreRead(t *testing.T) {
	const hook = "https://hooks.example.org/a"
	id := opendsrtest.New(t, opendsrtest.Options{})
	file := filepath.Join(t.TempDir(), "chain.pem")
	if err := os.WriteFile(file, append(id.Chain, id.Chain...), 0o600); err != nil {
		t.Fatal(err)
	}
	oneLine := func(text []byte) string { return strings.ReplaceAll(string(text), "\n", " ") }

	for name, tt := range map[string]struct {
		settings map[string]string
		ok       func(Settings) bool
	}{
		"none": {withBase(), func(s Settings) bool { return !takes(s, hook, dsr.FormatCloudEvents) && s.Callbacks.Signer == nil }},
		"a host": {withBase("CALLBACK_HOSTS", "hooks.example.org"), func(s Settings) bool {
			return takes(s, hook, dsr.FormatCloudEvents) && !takes(s, hook, dsr.FormatOpenDSR)
		}},
		"hosts as JSON": {withBase("CALLBACK_HOSTS", `["a.example.org", "hooks.example.org"]`), func(s Settings) bool { return takes(s, hook, dsr.FormatCloudEvents) }},
		"this machine, in a test": {loopback("CALLBACK_HOSTS", "127.0.0.1,localhost"), func(s Settings) bool {
			return takes(s, "http://127.0.0.1:8080/a", dsr.FormatCloudEvents) && takes(s, "http://localhost/a", dsr.FormatCloudEvents) && !takes(s, "http://[::1]/a", dsr.FormatCloudEvents)
		}},
		"secrets":  {withBase("CALLBACK_SECRETS", `{"Hooks.example.org": "`+aSecret+" "+aSecret+`"}`), func(s Settings) bool { return len(s.Callbacks.Secrets["hooks.example.org"]) == 2 }},
		"a domain": {withBase("DSR_DOMAIN", "dsr.example.org"), func(s Settings) bool { return s.Callbacks.Domain == "dsr.example.org" && s.Callbacks.Signer == nil }},
		"a signer": {signing(t, "CALLBACK_HOSTS", "hooks.example.org"), func(s Settings) bool {
			return takes(s, hook, dsr.FormatOpenDSR) && s.Callbacks.Signer.Domain() == opendsrtest.Domain
		}},
		"a chain in a file": {signing(t, "DSR_SIGNING_CERTIFICATE", file), func(s Settings) bool { return strings.Count(string(s.Callbacks.Signer.Certificates()), "BEGIN") == 2 }},
		"a key and a chain of two, each on one line": {signing(t, "DSR_SIGNING_KEY", oneLine(id.Key), "DSR_SIGNING_CERTIFICATE", oneLine(append(id.Chain, id.Chain...))), func(s Settings) bool {
			return strings.Count(string(s.Callbacks.Signer.Certificates()), "BEGIN") == 2
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Load(FromMap(tt.settings))
			if err != nil {
				t.Fatal(err)
			}
			if !tt.ok(s) {
				t.Error("the setting has no effect")
			}
		})
	}
}

func TestAWrongSettingOfCallbacksIsRefusedByName(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(short)}))

	for name, tt := range map[string]struct {
		settings map[string]string
		setting  string
	}{
		"a host with a scheme":            {withBase("CALLBACK_HOSTS", "https://geheim.example.org"), "CALLBACK_HOSTS"},
		"a wildcard":                      {withBase("CALLBACK_HOSTS", "*.geheim.example.org"), "CALLBACK_HOSTS"},
		"nothing between two commas":      {withBase("CALLBACK_HOSTS", "geheim.example.org,,b"), "CALLBACK_HOSTS"},
		"this machine, and not in a test": {withBase("CALLBACK_HOSTS", "localhost:1"), "CALLBACK_HOSTS"},
		"its address, and not in a test":  {withBase("CALLBACK_HOSTS", "[::ffff:127.0.0.1]"), "CALLBACK_HOSTS"},
		"secrets that are no JSON":        {withBase("CALLBACK_SECRETS", "geheim"), "CALLBACK_SECRETS"},
		"a short one":                     {withBase("CALLBACK_SECRETS", `{"geheim": "whsec_Z2VoZWlt"}`), "CALLBACK_SECRETS"},
		"a domain with a scheme":          {withBase("DSR_DOMAIN", "https://geheim.example.org"), "DSR_DOMAIN"},
		"a domain with capitals":          {withBase("DSR_DOMAIN", "Geheim.example.org"), "DSR_DOMAIN"},
		"a key without a certificate":     {signing(t, "DSR_SIGNING_CERTIFICATE", ""), "DSR_SIGNING_CERTIFICATE"},
		"a certificate without a key":     {signing(t, "DSR_SIGNING_KEY", ""), "DSR_SIGNING_KEY"},
		"both without a domain":           {signing(t, "DSR_DOMAIN", ""), "DSR_DOMAIN"},
		"another domain":                  {signing(t, "DSR_DOMAIN", "other.test"), "DSR_SIGNING_CERTIFICATE"},
		"a key that is none":              {signing(t, "DSR_SIGNING_KEY", "-----BEGIN geheim-----"), "DSR_SIGNING_KEY"},
		"a key that is short":             {signing(t, "DSR_SIGNING_KEY", weak), "DSR_SIGNING_KEY"},
		"a key file that isn't there":     {signing(t, "DSR_SIGNING_KEY", "/nowhere/geheim"), "DSR_SIGNING_KEY"},
		"a key that a vault keeps":        {signing(t, "DSR_SIGNING_KEY", "@Microsoft.KeyVault(VaultName=v;SecretName=geheim)"), "DSR_SIGNING_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(FromMap(tt.settings))
			faults, ok := errors.AsType[Error](err)
			if !ok || len(faults) != 1 || faults[0].Setting != tt.setting {
				t.Fatalf("got %v, want one fault of %s", err, tt.setting)
			}
			if strings.Contains(strings.ToLower(err.Error()), "geheim") {
				t.Errorf("the value is quoted: %v", err)
			}
		})
	}
}
