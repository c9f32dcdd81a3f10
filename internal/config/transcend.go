package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
)

// transcendKey reads the public key of Transcend's gateway, nil where it is not set. Its
// tokens are signed by ES384, and so by a key of the curve P-384.
func (r *reader) transcendKey() *ecdsa.PublicKey {
	const name = "TRANSCEND_KEY"
	text := r.text(name, "")
	if text == "" {
		return nil
	}

	block, _ := pem.Decode(normalPEM(text))
	if block == nil {
		r.fault(name, "must be the public key of Transcend's gateway (Sombra) as PEM text; leave it out where Transcend sends nothing")
		return nil
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, isEC := parsed.(*ecdsa.PublicKey)
	if err != nil || !isEC || key.Curve != elliptic.P384() {
		r.fault(name, "must be an EC public key of the curve P-384; copy it again from Transcend")
		return nil
	}

	return key
}
