package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
)

func TestTheKeyOfTranscendsGatewayIsOfItsCurve(t *testing.T) {
	pemOf := func(curve elliptic.Curve) string {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	good := pemOf(elliptic.P384())

	for name, c := range map[string]struct {
		text  string
		fault string // "": it is taken
	}{
		"P-384":               {good, ""},
		"without line breaks": {strings.ReplaceAll(good, "\n", " "), ""},
		"P-256":               {pemOf(elliptic.P256()), "curve P-384"},
		"no PEM":              {"secret", "as PEM text"},
		"no key":              {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "curve P-384"},
	} {
		s, err := Load(FromMap(withBase("TRANSCEND_KEY", c.text)))
		if c.fault == "" {
			if err != nil || s.TranscendKey == nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		faults, _ := errors.AsType[Error](err)
		if len(faults) != 1 || faults[0].Setting != "TRANSCEND_KEY" || !strings.Contains(faults[0].Problem, c.fault) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err := Load(FromMap(withBase())); err != nil || s.TranscendKey != nil {
		t.Errorf("without one: %v", err)
	}
}
