package dsr

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
)

// Algorithms of a signature.
const (
	EdDSA = "Ed25519"
	ES256 = "ES256" // ECDSA on P-256 with SHA-256, r and s of 32 bytes each (RFC 7518, section 3.4)
)

// KeyID returns the id of a public key: 16 hex digits of the SHA-256 of its DER form.
func KeyID(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("encoding the public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:8]), nil
}

// CheckSignature returns why a signature over bytes is not a public key's, "" where it
// is.
func CheckSignature(s Signature, public crypto.PublicKey, body []byte) string {
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
