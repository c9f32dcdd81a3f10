package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// ParseVerifyKey reads an Ed25519 public key from PEM text, also from that of
// the private key it belongs to.
func ParseVerifyKey(text []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block != nil && block.Type == "PUBLIC KEY" {
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("want a public key, as `openssl pkey -pubout` writes it")
		}
		if public, ok := key.(ed25519.PublicKey); ok {
			return public, nil
		}
		return nil, errors.New("want an Ed25519 key")
	}
	private, err := ParseEvidenceKey(text)
	if err != nil {
		return nil, err
	}
	public, _ := private.Public().(ed25519.PublicKey)
	return public, nil
}

// checkSignature checks manifest.sig over the manifest's bytes as they are
// stored.
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
	if why := v.invalid(s.value); why != "" {
		v.signature = Invalid
		v.fault(FaultInconsistent, name, "%s", why)
	}
	return nil
}

// invalid tells why a signature is not the given key's; "" when it is.
func (v *verifier) invalid(s dsr.Signature) string {
	id, err := KeyID(v.opts.Key)
	bytes, base64Err := base64.StdEncoding.DecodeString(s.Signature)
	switch {
	case s.Alg != "Ed25519":
		return "it has another alg than Ed25519"
	case err != nil || s.KeyID != id:
		return "it names another key than the one given"
	case base64Err != nil || !ed25519.Verify(v.opts.Key, v.manifestBytes, bytes):
		return "it is not the given key's signature over manifest.json"
	}
	return ""
}
