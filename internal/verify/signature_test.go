package verify_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

func TestVerifyChecksTheSignature(t *testing.T) {
	public, private := keyPair(1)
	other, _ := keyPair(2)
	third, _ := keyPair(3)
	for _, c := range []struct {
		name   string
		damage func(*fixture)
		keys   []crypto.PublicKey
		want   string
		faults []string
	}{
		{"that is the key's", nil, keys(public), verify.Valid, nil},
		{"not without a key", nil, nil, verify.Unchecked, nil},
		{"that is another key's", nil, keys(other), verify.Invalid, []string{"inconsistent 1/manifest.sig"}},
		{"over a manifest that was changed", func(f *fixture) { f.overwrite(theAttempt.Manifest(), append(f.read(theAttempt.Manifest()), '\n')) },
			keys(public), verify.Invalid, []string{"inconsistent 1/manifest.sig"}},
		{"that is unreadable", func(f *fixture) { f.overwrite(theAttempt.Signature(), []byte("x")) },
			keys(public), verify.Invalid, []string{"malformed 1/manifest.sig"}},
		{"by another algorithm", func(f *fixture) { edit(f, theAttempt.Signature(), func(s *dsr.Signature) { s.Alg = "none" }) },
			keys(public), verify.Invalid, []string{"inconsistent 1/manifest.sig"}},
		{"of one of several keys", nil, keys(other, public), verify.Valid, nil},
		{"of none of several keys", nil, keys(other, third), verify.Invalid, []string{"inconsistent 1/manifest.sig"}},
		{"that names another of the given keys", func(f *fixture) {
			edit(f, theAttempt.Signature(), func(s *dsr.Signature) { s.KeyID = must[string](t)(dsr.KeyID(other)) })
		}, keys(other, public), verify.Invalid, []string{"inconsistent 1/manifest.sig"}},
		{"that is gone", func(f *fixture) { f.remove(theAttempt.Signature()) }, keys(public), verify.Unsigned, []string{"missing 1/manifest.sig"}},
		{"that is gone, without a key", func(f *fixture) { f.remove(theAttempt.Signature()) }, nil, verify.Unsigned, nil},
		{"in another spelling", func(f *fixture) {
			body := f.read(theAttempt.Signature()) // the last digit of the Base64 has four bits that say nothing
			f.overwrite(theAttempt.Signature(), bytes.Replace(body, []byte(`==`), []byte(`=\u003d`), 1))
		}, keys(public), verify.Invalid, []string{"malformed 1/manifest.sig"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.record(theAttempt.Signature(), dsr.Signature{
				Alg: dsr.EdDSA, KeyID: must[string](t)(dsr.KeyID(public)),
				Signature: base64.StdEncoding.EncodeToString(ed25519.Sign(private, f.read(theAttempt.Manifest()))),
			})

			if c.damage != nil {
				c.damage(f)
			}

			r := f.verify(&verify.Options{Keys: c.keys})
			if r.Signature != c.want {
				t.Errorf("signature %s, want %s", r.Signature, c.want)
			}

			wantFaults(t, r, c.faults...)
		})
	}
}

func keys(k ...crypto.PublicKey) []crypto.PublicKey { return k }

func keyPair(seed byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	s := make([]byte, ed25519.SeedSize)
	s[0] = seed
	private := ed25519.NewKeyFromSeed(s)
	public, _ := private.Public().(ed25519.PublicKey)
	return public, private
}

func TestParseKeyTakesPublicAndPrivateKeys(t *testing.T) {
	public, private := keyPair(1)
	der := must[[]byte](t)(x509.MarshalPKIXPublicKey(public))
	secret := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(private))
	for typ, block := range map[string][]byte{"PUBLIC KEY": der, "PRIVATE KEY": secret} {
		got, err := verify.ParseKey(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: block}))
		if err != nil || !public.Equal(got) {
			t.Errorf("%s: %v", typ, err)
		}
	}

	for _, text := range []string{"", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := verify.ParseKey([]byte(text)); err == nil {
			t.Errorf("%q was taken for a key", text)
		}
	}
}
