package ledger

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"azureml-dsr/internal/dsr"
)

// Algorithms of a signature.
const (
	EdDSA = "Ed25519"
	ES256 = "ES256" // ECDSA on P-256 with SHA-256, r and s of 32 bytes each (RFC 7518, section 3.4)
)

// Signer signs manifests.
type Signer interface {
	// Sign gives a signature over the bytes; an error carries its class.
	Sign(ctx context.Context, body []byte) (dsr.Signature, error)
}

// KeySigner signs with an Ed25519 key.
type KeySigner ed25519.PrivateKey

var _ Signer = KeySigner{}

// ParseEvidenceKey reads an Ed25519 private key from PEM text (PKCS#8).
func ParseEvidenceKey(text []byte) (KeySigner, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("want PEM text that begins with -----BEGIN PRIVATE KEY-----")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("want a PKCS#8 private key, as `openssl genpkey -algorithm ed25519` writes it")
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("want an Ed25519 key, as `openssl genpkey -algorithm ed25519` writes it")
	}
	return KeySigner(private), nil
}

// Sign implements Signer.
func (k KeySigner) Sign(_ context.Context, body []byte) (dsr.Signature, error) {
	id, err := KeyID(k.public())
	if err != nil {
		return dsr.Signature{}, err
	}
	return dsr.Signature{Alg: EdDSA, KeyID: id, Signature: base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.PrivateKey(k), body))}, nil
}

func (k KeySigner) public() crypto.PublicKey { return ed25519.PrivateKey(k).Public() }

// KeyID names a public key: 16 hex digits of the SHA-256 of its DER form.
func KeyID(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("encoding the public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:8]), nil
}

// CheckSignature tells why a signature over bytes is not a public key's; "" when
// it is.
func CheckSignature(s dsr.Signature, public crypto.PublicKey, body []byte) string {
	id, err := KeyID(public)
	signature, base64Err := base64.StdEncoding.DecodeString(s.Signature)
	valid := false
	switch key := public.(type) {
	case ed25519.PublicKey:
		if s.Alg != EdDSA {
			return "it has another alg than the given key's, " + EdDSA
		}
		valid = ed25519.Verify(key, body, signature)
	case *ecdsa.PublicKey:
		if s.Alg != ES256 || key.Curve != elliptic.P256() {
			return "it has another alg than the given key's, " + ES256
		}
		digest := sha256.Sum256(body)
		if half := len(signature) / 2; len(signature) == 64 {
			valid = ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]))
		}
	}
	switch {
	case err != nil || s.KeyID != id:
		return "it names another key than the one given"
	case base64Err != nil || !valid:
		return "it is not the given key's signature over manifest.json"
	}
	return ""
}

// Sign writes the signature over the stored bytes of an attempt's manifest,
// unless there is one.
func (l *Ledger) Sign(ctx context.Context, a dsr.Attempt, signer Signer) error {
	if signed, err := exists(ctx, l.audit, a.Signature()); signed || err != nil {
		return err
	}
	body, _, err := l.audit.Read(ctx, a.Manifest(), maxRecord)
	if err != nil {
		return fmt.Errorf("reading %s to sign it: %w", a.Manifest(), err)
	}
	sig, err := signer.Sign(ctx, body)
	if err != nil {
		return err
	}
	_, _, err = record(ctx, l.audit, a.Signature(), sig, nil)
	return err
}
