package opendsr_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"azureml-dsr/internal/opendsr"
	"azureml-dsr/internal/opendsr/opendsrtest"
)

const body = `{"subject_request_id":"a","request_status":"completed"}`

// signed returns the headers of the body, signed by an identity.
func signed(t *testing.T, id opendsrtest.Identity, domain string) http.Header {
	t.Helper()
	s, err := opendsr.NewSigner(domain, id.Key, id.Chain)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	if err := s.Sign(h, []byte(body)); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAReceiverTakesTheSignatureAndNoOther(t *testing.T) {
	good := opendsrtest.New(t, opendsrtest.Options{})
	for name, tt := range map[string]struct {
		identity opendsrtest.Options
		domain   string
		change   func(h http.Header) // of what was signed
		body     string
		ok       bool
	}{
		"as it was signed": {ok: true},
		"one byte changed": {body: body[:len(body)-2] + `'}`},
		"by PSS": {change: func(h http.Header) {
			sum := sha256.Sum256([]byte(body))
			signature, err := rsa.SignPSS(rand.Reader, good.Private, crypto.SHA256, sum[:], nil)
			if err != nil {
				t.Fatal(err)
			}
			h.Set(opendsr.HeaderSignature, base64.StdEncoding.EncodeToString(signature))
		}},
		"for another domain":       {change: func(h http.Header) { h.Set(opendsr.HeaderDomain, "other.test") }},
		"with an old certificate":  {identity: opendsrtest.Options{Expired: true}},
		"of another name":          {identity: opendsrtest.Options{Names: []string{"other.test"}}, domain: "other.test"},
		"by nobody's certificate":  {identity: opendsrtest.Options{SelfSigned: true}},
		"with no signature at all": {change: func(h http.Header) { h.Del(opendsr.HeaderSignature) }},
	} {
		t.Run(name, func(t *testing.T) {
			id := opendsrtest.New(t, tt.identity)
			domain, text := opendsrtest.Domain, body
			if tt.domain != "" {
				domain = tt.domain
			}
			if tt.body != "" {
				text = tt.body
			}

			h := signed(t, id, domain)
			if tt.change != nil {
				tt.change(h)
			}

			err := opendsrtest.Check(h, []byte(text), id.Chain, opendsrtest.Domain, id.Roots)
			if (err == nil) != tt.ok {
				t.Errorf("checked: %v", err)
			}
		})
	}
}

// TestOpenSSLTakesTheSignature checks a signature by a verifier that shares no code with
// the signer.
func TestOpenSSLTakesTheSignature(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatalf("openssl is needed: %v", err)
	}
	id := opendsrtest.New(t, opendsrtest.Options{})
	signature, err := base64.StdEncoding.DecodeString(signed(t, id, opendsrtest.Domain).Get(opendsr.HeaderSignature))
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(id.Private.Public())
	if err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	sig := write("signature", signature)
	verify := func(text string) error {
		return exec.CommandContext(t.Context(), openssl, "dgst", "-sha256", "-verify", key, "-signature", sig, write("body", []byte(text))).Run()
	}

	if err := verify(body); err != nil {
		t.Errorf("openssl refuses the signature: %v", err)
	}
	if err := verify(body + " "); err == nil {
		t.Error("openssl takes the signature for another body")
	}
}

func TestASignerNeedsAKeyACertificateAndADomainThatBelongTogether(t *testing.T) {
	id := opendsrtest.New(t, opendsrtest.Options{})
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := func(k *rsa.PrivateKey) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)})
	}

	for name, tt := range map[string]struct {
		domain     string
		key, chain []byte
		want       error
	}{
		"that do":                   {opendsrtest.Domain, id.Key, id.Chain, nil},
		"with the key as PKCS#1":    {opendsrtest.Domain, pkcs1(id.Private), id.Chain, nil},
		"with no key":               {opendsrtest.Domain, []byte("no PEM"), id.Chain, opendsr.ErrKey},
		"with a certificate as key": {opendsrtest.Domain, id.Chain, id.Chain, opendsr.ErrKey},
		"with a short key":          {opendsrtest.Domain, pkcs1(short), id.Chain, opendsr.ErrKey},
		"with no certificate":       {opendsrtest.Domain, id.Key, nil, opendsr.ErrCertificate},
		"with a key as certificate": {opendsrtest.Domain, id.Key, id.Key, opendsr.ErrCertificate},
		"with another's key":        {opendsrtest.Domain, pkcs1(other), id.Chain, opendsr.ErrOtherKey},
		"with another's domain":     {"other.test", id.Key, id.Chain, opendsr.ErrOtherDomain},
	} {
		if _, err := opendsr.NewSigner(tt.domain, tt.key, tt.chain); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
