package keyvault_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/keyvault"
)

const version = "0123456789abcdef0123456789abcdef"

type token struct{}

func (token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// vault answers as Key Vault does for one key.
type vault struct {
	key    *ecdsa.PrivateKey
	curve  string
	swap   bool     // whether to swap x and y
	status int      // the status of every answer; 0 is success
	calls  []string // method and path of each request
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "" { // the client first asks for the vault's authority
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.example/tenant", resource="https://vault.azure.net"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}

	v.calls = append(v.calls, r.Method+" "+r.URL.Path)
	if v.status != 0 {
		w.WriteHeader(v.status)
		_, _ = w.Write([]byte(`{"error":{"code":"Forbidden","message":"secret words"}}`))
		return
	}

	w.Header().Set("Content-Type", "application/json")
	enc := base64.RawURLEncoding.EncodeToString
	if r.Method == http.MethodGet {
		point, _ := v.key.PublicKey.Bytes()
		x, y := enc(point[1:33]), enc(point[33:])
		if v.swap {
			x, y = y, x
		}

		_ = json.NewEncoder(w).Encode(map[string]any{"key": map[string]any{
			"kid": "https://" + r.Host + "/keys/evidence/" + version, "kty": "EC", "crv": v.curve, "x": x, "y": y,
		}})
		return
	}

	var in struct{ Alg, Value string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	digest, _ := base64.RawURLEncoding.DecodeString(in.Value)
	rr, ss, err := ecdsa.Sign(rand.Reader, v.key, digest)
	if err != nil || in.Alg != "ES256" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}

	raw := append(rr.FillBytes(make([]byte, 32)), ss.FillBytes(make([]byte, 32))...)
	_ = json.NewEncoder(w).Encode(map[string]any{"kid": "https://" + r.Host + "/keys/evidence/" + version, "value": enc(raw)})
}

func newVault(t *testing.T) (*vault, *keyvault.Signer) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	v := &vault{key: key, curve: "P-256"}
	server := httptest.NewTLSServer(v)
	t.Cleanup(server.Close)
	s, err := keyvault.New(server.URL+"/keys/evidence", token{}, &azkeys.ClientOptions{
		ClientOptions:                        azcore.ClientOptions{Transport: server.Client(), Retry: policy.RetryOptions{MaxRetries: -1}},
		DisableChallengeResourceVerification: true,
	})
	if err != nil {
		t.Fatal(err)
	}

	return v, s
}

func TestAVaultsSignatureIsChecked(t *testing.T) {
	v, s := newVault(t)
	for range 2 {
		sig, err := s.Sign(t.Context(), []byte("the manifest"))
		if err != nil {
			t.Fatal(err)
		}

		if why := dsr.CheckSignature(sig, &v.key.PublicKey, []byte("the manifest")); why != "" || sig.Alg != "ES256" {
			t.Errorf("%+v: %s", sig, why)
		}
		if why := dsr.CheckSignature(sig, &v.key.PublicKey, []byte("another manifest")); why == "" {
			t.Error("it is another manifest's, too")
		}
	}

	want := "GET /keys/evidence/ POST /keys/evidence/" + version + "/sign POST /keys/evidence/" + version + "/sign"
	if got := strings.Join(v.calls, " "); got != want {
		t.Errorf("called %s, want the key read once and its version pinned: %s", got, want)
	}
}

func TestWhatTheVaultRefusesIsTriedAgain(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	for name, change := range map[string]func(*vault){
		"forbidden":         func(v *vault) { v.status = http.StatusForbidden },
		"another curve":     func(v *vault) { v.curve = "P-384" },
		"not on the curve":  func(v *vault) { v.swap = true },
		"a key changed now": func(v *vault) {},
	} {
		v, s := newVault(t)
		if name == "a key changed now" {
			if _, err := s.Sign(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			v.key = other
		}

		change(v)

		if _, err := s.Sign(t.Context(), nil); dsr.ClassOf(err) != dsr.Transient || strings.Contains(err.Error(), "secret words") {
			t.Errorf("%s: %v, want a transient error in our own words", name, err)
		}
	}
}

func TestOnlyTheIdentifierOfAKeyNamesOne(t *testing.T) {
	for id, ok := range map[string]bool{
		"https://v.vault.azure.net/keys/evidence":                  true,
		"https://v.vault.azure.net/keys/evidence/" + version:       true,
		"https://v.vault.azure.net/secrets/evidence":               false,
		"https://v.vault.azure.net/keys/":                          false,
		"https://v.vault.azure.net/keys/a/../b":                    false,
		"https://v.vault.azure.net/keys/evidence?api-version=1":    false,
		"https:///keys/evidence":                                   false,
		"https://v.vault.azure.net/keys/evidence/latest":           false,
		"https://v.vault.azure.net/keys/evidence/" + version + "0": false,
	} {
		if _, err := keyvault.New(id, token{}, nil); (err == nil) != ok {
			t.Errorf("%s: %v", id, err)
		}
	}
}
