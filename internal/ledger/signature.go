package ledger

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"

	"azureml-dsr/internal/dsr"
)

// Signer signs manifests.
type Signer interface {
	// Sign returns a signature over body. Its errors are classified.
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
	id, err := dsr.KeyID(k.public())
	if err != nil {
		return dsr.Signature{}, err
	}
	return dsr.Signature{Alg: dsr.EdDSA, KeyID: id, Signature: base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.PrivateKey(k), body))}, nil
}

func (k KeySigner) public() crypto.PublicKey { return ed25519.PrivateKey(k).Public() }

// Signed reports whether an attempt's manifest has a signature.
func (l *Ledger) Signed(ctx context.Context, a dsr.Attempt) (bool, error) {
	return exists(ctx, l.audit, a.Signature())
}

// Sign records the signature over an attempt's manifest, unless there is one. manifest must
// be the bytes that the caller derived from the records, not the stored ones.
func (l *Ledger) Sign(ctx context.Context, a dsr.Attempt, manifest []byte, signer Signer) error {
	if signed, err := l.Signed(ctx, a); signed || err != nil {
		return err
	}
	sig, err := signer.Sign(ctx, manifest)
	if err != nil {
		return err
	}
	_, _, err = record(ctx, l.audit, a.Signature(), sig, nil)
	return err
}
