// Package opendsr signs what a processor sends, as OpenDSR 2.0 and its implementations have
// it: RSA PKCS#1 v1.5 with SHA-256 over the bytes of the body.
package opendsr

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
)

// Headers of what a processor sends.
const (
	HeaderDomain    = "X-OpenDSR-Processor-Domain"
	HeaderSignature = "X-OpenDSR-Signature"
)

// minBits is the shortest key that may sign.
const minBits = 2048

// Errors of NewSigner, by what is wrong.
var (
	ErrKey         = errors.New("want an RSA private key of 2048 bits or more in PEM, as `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072` writes it")
	ErrCertificate = errors.New("want a chain of certificates in PEM, the processor's own first")
	ErrOtherKey    = errors.New("the first certificate is of another key")
	ErrOtherDomain = errors.New("the first certificate does not name the domain among its alternative names")
)

// Signer signs for a domain. It is safe for concurrent use.
type Signer struct {
	domain string
	key    *rsa.PrivateKey
	chain  []byte
}

// NewSigner returns the signer of a domain with a private key and a chain of certificates,
// each in PEM. The first certificate is of the key, and names the domain.
func NewSigner(domain string, key, chain []byte) (*Signer, error) {
	private, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	leaf, err := parseChain(chain)
	if err != nil {
		return nil, err
	}

	if public, ok := leaf.PublicKey.(*rsa.PublicKey); !ok || !public.Equal(private.Public()) {
		return nil, ErrOtherKey
	}
	if leaf.VerifyHostname(domain) != nil {
		return nil, ErrOtherDomain
	}

	return &Signer{domain: domain, key: private, chain: bytes.Clone(chain)}, nil
}

// parseKey reads an RSA key, PKCS#8 or PKCS#1.
func parseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, ErrKey
	}

	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		other, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, ErrKey
		}
		key, _ = other.(*rsa.PrivateKey)
	}
	if key == nil || key.N.BitLen() < minBits {
		return nil, ErrKey
	}

	return key, nil
}

// parseChain returns the first certificate of a chain of which each can be read.
func parseChain(text []byte) (leaf *x509.Certificate, err error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}

		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, ErrCertificate
		}
		if leaf == nil {
			leaf = certificate
		}
	}
	if leaf == nil {
		return nil, ErrCertificate
	}
	return leaf, nil
}

// Domain returns the processor's domain.
func (s *Signer) Domain() string { return s.domain }

// Certificates returns the chain of certificates in PEM.
func (s *Signer) Certificates() []byte { return bytes.Clone(s.chain) }

// Sign sets the headers of what is sent with a body: the domain, and the signature over
// exactly these bytes.
func (s *Signer) Sign(h http.Header, body []byte) error {
	sum := sha256.Sum256(body)
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	h.Set(HeaderDomain, s.domain)
	h.Set(HeaderSignature, base64.StdEncoding.EncodeToString(signature))
	return nil
}
