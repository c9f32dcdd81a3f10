package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// ParseEvidenceKey reads an Ed25519 private key from PEM text (PKCS#8).
func ParseEvidenceKey(text []byte) (ed25519.PrivateKey, error) {
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
	return private, nil
}

// KeyID names a public key: 16 hex digits of the SHA-256 of its DER form.
func KeyID(public ed25519.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("encoding the public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:8]), nil
}

// Sign writes the signature over the stored bytes of an attempt's manifest,
// unless there is one.
func (l *Ledger) Sign(ctx context.Context, a dsr.Attempt, key ed25519.PrivateKey) error {
	body, _, err := l.audit.Read(ctx, a.Manifest(), maxRecord)
	if err != nil {
		return fmt.Errorf("reading %s to sign it: %w", a.Manifest(), err)
	}
	public, _ := key.Public().(ed25519.PublicKey)
	id, err := KeyID(public)
	if err != nil {
		return err
	}
	sig := dsr.Signature{Alg: "Ed25519", KeyID: id, Signature: base64.StdEncoding.EncodeToString(ed25519.Sign(key, body))}
	_, _, err = record(ctx, l.audit, a.Signature(), sig, nil)
	return err
}
