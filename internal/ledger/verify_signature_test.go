package ledger_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

func TestVerifyChecksTheSignature(t *testing.T) {
	public, private := keyPair(1)
	other, _ := keyPair(2)
	for _, c := range []struct {
		name   string
		damage func(*fixture)
		key    crypto.PublicKey
		want   string
		faults []string
	}{
		{"that is the key's", nil, public, ledger.Valid, nil},
		{"not without a key", nil, nil, ledger.Unchecked, nil},
		{"that is another key's", nil, other, ledger.Invalid, []string{"inconsistent 1/manifest.sig"}},
		{"over a manifest that was changed", func(f *fixture) { f.overwrite(theAttempt.Manifest(), append(f.read(theAttempt.Manifest()), '\n')) },
			public, ledger.Invalid, []string{"inconsistent 1/manifest.sig"}},
		{"that is unreadable", func(f *fixture) { f.overwrite(theAttempt.Signature(), []byte("x")) },
			public, ledger.Invalid, []string{"malformed 1/manifest.sig"}},
		{"by another algorithm", func(f *fixture) { edit(f, theAttempt.Signature(), func(s *dsr.Signature) { s.Alg = "none" }) },
			public, ledger.Invalid, []string{"inconsistent 1/manifest.sig"}},
		{"that is gone", func(f *fixture) { f.remove(theAttempt.Signature()) }, public, ledger.Unsigned, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, nil)
			if err := f.ledger.Sign(t.Context(), theAttempt, ledger.KeySigner(private)); err != nil {
				t.Fatal(err)
			}
			if c.damage != nil {
				c.damage(f)
			}
			r := f.verify(&ledger.VerifyOptions{Key: c.key})
			if r.Signature != c.want {
				t.Errorf("signature %s, want %s", r.Signature, c.want)
			}
			wantFaults(t, r, c.faults...)
		})
	}
}

func keyPair(seed byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	s := make([]byte, ed25519.SeedSize)
	s[0] = seed
	private := ed25519.NewKeyFromSeed(s)
	public, _ := private.Public().(ed25519.PublicKey)
	return public, private
}

func TestParseVerifyKeyReadsPublicAndPrivateKeys(t *testing.T) {
	public, private := keyPair(1)
	der := must[[]byte](t)(x509.MarshalPKIXPublicKey(public))
	secret := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(private))
	for typ, block := range map[string][]byte{"PUBLIC KEY": der, "PRIVATE KEY": secret} {
		got, err := ledger.ParseVerifyKey(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: block}))
		if err != nil || !public.Equal(got) {
			t.Errorf("%s: %v", typ, err)
		}
	}
	for _, text := range []string{"", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := ledger.ParseVerifyKey([]byte(text)); err == nil {
			t.Errorf("%q was taken for a key", text)
		}
	}
}
