package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// recordedSigner gives a copy one signature for ever. A key of a vault signs the same bytes in
// another way each time; then no two makings of a copy would have the same bytes.
type recordedSigner struct {
	ledger *ledger.Ledger
	signer ledger.Signer
	name   dsr.CopyName
}

// Sign implements personcopy.Signer.
func (r *recordedSigner) Sign(ctx context.Context, body []byte) (dsr.Signature, error) {
	sum := sha256.Sum256(body)
	of := dsr.HashRef{SHA256: hex.EncodeToString(sum[:])}
	stored, found, err := r.ledger.CopySignature(ctx, r.name)
	if err != nil {
		return dsr.Signature{}, err
	}
	if found && stored.Of == of {
		return stored.Signature, nil
	}

	signature, err := r.signer.Sign(ctx, body)
	if err != nil || found { // made of other bytes: this copy can't be the recorded one
		return signature, err
	}
	stored, err = r.ledger.RecordCopySignature(ctx, dsr.CopySignature{
		RequestID: r.name.RequestID,
		Number:    r.name.Number,
		Of:        of,
		Signature: signature,
	})
	if err == nil && stored.Of == of {
		signature = stored.Signature
	}
	return signature, err
}
