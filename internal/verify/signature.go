package verify

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// ParseKey parses an Ed25519 or P-256 public key in PEM text. It also takes the private key
// of an Ed25519 key.
func ParseKey(text []byte) (crypto.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block != nil && block.Type == "PUBLIC KEY" {
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("want a public key, as `openssl pkey -pubout` writes it")
		}

		switch key := key.(type) {
		case ed25519.PublicKey:
			return key, nil
		case *ecdsa.PublicKey:
			if key.Curve == elliptic.P256() {
				return key, nil
			}
		}

		return nil, errors.New("want an Ed25519 key, or one on the curve P-256")
	}
	if block == nil {
		return nil, errors.New("want PEM text that begins with -----BEGIN PUBLIC KEY-----")
	}

	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := private.(ed25519.PrivateKey); ok && err == nil {
		return key.Public(), nil
	}

	return nil, errors.New("want a public key, or the Ed25519 private key (PKCS#8) that it belongs to")
}

// checkSignature checks manifest.sig over the stored bytes of the manifest.
func (v *verifier) checkSignature(ctx context.Context) error {
	name := v.attempt.Signature()
	v.signature = Unsigned

	for listed, err := range v.evidence.List(ctx, name) {
		if err != nil {
			return fmt.Errorf("looking for the signature: %w", err)
		}
		if listed == name {
			v.signature = Unchecked
		}
	}

	if v.signature == Unsigned {
		return nil
	}
	s, err := load[dsr.Signature](ctx, v, name)
	if err != nil {
		return err
	}
	if s == nil { // the fault is noted
		v.signature = Invalid
		return nil
	}

	v.keyID = s.value.KeyID
	if v.opts.Key == nil {
		return nil
	}

	v.signature = Valid

	if why := dsr.CheckSignature(s.value, v.opts.Key, v.manifestBytes); why != "" {
		v.signature = Invalid
		v.fault(FaultInconsistent, name, "%s", why)
	}

	return nil
}
