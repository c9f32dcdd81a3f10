package simulation_test

import (
	"crypto/ed25519"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

func testSigner(t *testing.T) ledger.KeySigner {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.KeySigner(key)
}

// signed reports whether the attempt's manifest has a signature, and whether that is
// right.
func (sim *simulation) signed(key ledger.KeySigner) (there, valid bool) {
	sim.t.Helper()
	there = len(sim.names(sim.audit, attempt1.Signature())) == 1
	if !there {
		return false, false
	}
	sig := decode[dsr.Signature](sim.t, readBlob(sim.t, sim.audit, attempt1.Signature()))
	public := ed25519.PrivateKey(key).Public()
	return true, dsr.CheckSignature(sig, public, readBlob(sim.t, sim.audit, attempt1.Manifest())) == ""
}
