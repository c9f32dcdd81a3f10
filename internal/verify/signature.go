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

// checkSignature checks manifest.sig over the stored bytes of the manifest. With keys given, a
// manifest that none of them signed is a fault.
func (v *verifier) checkSignature(ctx context.Context) error {
	name := v.attempt.Signature()
	signed, err := exists(ctx, v.evidence, name)
	if err != nil {
		return fmt.Errorf("looking for the signature: %w", err)
	}
	if !signed {
		v.signature = Unsigned
		if len(v.opts.Keys) > 0 {
			v.fault(FaultMissing, name, "a key was given, and the manifest is not signed")
		}
		return nil
	}

	v.signature = Invalid
	s, err := load[dsr.Signature](ctx, v, name)
	if s == nil || err != nil { // the fault is noted
		return err
	}
	if !writtenAs(s.body, s.value) {
		v.fault(FaultMalformed, name, "it is not what is written of a signature")
		return nil
	}

	v.keyID = s.value.KeyID
	if len(v.opts.Keys) == 0 {
		v.signature = Unchecked
		return nil
	}

	if why := v.wrongSignature(s.value); why != "" {
		v.fault(FaultInconsistent, name, "%s", why)
		return nil
	}

	v.signature = Valid

	return nil
}

// wrongSignature returns why a signature is not that of the given key that it names, "" where
// it is.
func (v *verifier) wrongSignature(s dsr.Signature) string {
	for _, key := range v.opts.Keys {
		if id, err := dsr.KeyID(key); err == nil && id == s.KeyID {
			return dsr.CheckSignature(s, key, v.manifestBytes)
		}
	}
	return "none of the given keys has its keyId"
}
