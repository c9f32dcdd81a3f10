// Package opendsrtest makes certificates for tests, and checks signatures as the receiver
// of a processor's callbacks does.
package opendsrtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Domain is the domain that certificates name.
const Domain = "dsr.test"

// keys are made once: an RSA key takes long.
var keys = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// Identity is a processor's key with a certificate of an authority made for the test.
type Identity struct {
	Key   []byte // PEM, PKCS#8
	Chain []byte // PEM
	Roots *x509.CertPool

	Private *rsa.PrivateKey
}

// Options change an identity.
type Options struct {
	Names      []string // default: Domain
	Expired    bool
	SelfSigned bool // and not of the authority
}

// New returns an identity.
func New(t testing.TB, opts Options) Identity {
	t.Helper()
	key, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	if opts.Names == nil {
		opts.Names = []string{Domain}
	}

	now := time.Now()
	authority := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "an authority of the test"},
		NotBefore:             now.AddDate(-2, 0, 0),
		NotAfter:              now.AddDate(1, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "a processor"},
		DNSNames:     opts.Names,
		NotBefore:    now.AddDate(-1, 0, 0),
		NotAfter:     now.AddDate(0, 1, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	if opts.Expired {
		leaf.NotAfter = now.AddDate(0, 0, -1)
	}
	parent := authority
	if opts.SelfSigned {
		parent = leaf
	}

	roots := x509.NewCertPool()
	roots.AddCert(parsed(t, signed(t, authority, authority, key)))
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}

	return Identity{
		Key:     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		Chain:   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed(t, leaf, parent, key)}),
		Roots:   roots,
		Private: key,
	}
}

func signed(t testing.TB, certificate, parent *x509.Certificate, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, certificate, parent, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func parsed(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// Check returns what is wrong with a signed body, nil when its signature is that of the
// domain's certificate, and the authority vouches for that.
func Check(h http.Header, body, chain []byte, domain string, roots *x509.CertPool) error {
	if got := h.Get("X-OpenDSR-Processor-Domain"); got != domain {
		return fmt.Errorf("the processor's domain is %q", got)
	}
	block, _ := pem.Decode(chain)
	if block == nil {
		return fmt.Errorf("there is no certificate")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	if _, err := leaf.Verify(x509.VerifyOptions{DNSName: domain, Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return err
	}

	signature, err := base64.StdEncoding.DecodeString(h.Get("X-OpenDSR-Signature"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(leaf.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], signature)
}
