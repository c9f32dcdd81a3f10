package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/personcopy"
)

// making is the making of one copy, or the listing of what of it is uncertain.
type making struct {
	maker     *Maker
	of        ledger.PersonCopy
	what      dsr.HashRef // what is made, by which version
	order     personcopy.Order
	documents personcopy.Documents
	copier    *personcopy.Copier
	// surveys means that only the list is wanted, for somebody to look at.
	surveys bool
	// zip is nil if the copy is not stored: none is wanted, or an earlier delivery has
	// stored it.
	zip *archive.Writer
	// places is nil if what is uncertain is listed already.
	places *archive.Writer
	sum    hash.Hash // of the copy
	size   int64     // of the copy
	step   int       // the last one that is recorded
}

// errEnded means that a copy has ended while it was made.
var errEnded = errors.New("the copy has ended")

// begin begins with a copy, or goes on where an earlier delivery has recorded how far it was.
func (m *Maker) begin(ctx context.Context, c ledger.PersonCopy, stored *archive.Info) (*making, error) {
	w := &making{
		maker:   m,
		of:      c,
		surveys: c.Order.Review != "" && c.Release == nil,
		sum:     sha256.New(),
	}
	var err error
	if w.order, w.documents, err = m.order(ctx, c); err != nil {
		return nil, err
	}
	if w.surveys {
		w.order.Signer = nil // nothing is handed to anybody
	}
	w.order.Uncertain = w.note
	if err := w.identify(); err != nil {
		return nil, err
	}

	resumed, err := w.resume(ctx, stored == nil)
	if err == nil && !resumed {
		err = w.start(ctx, stored == nil)
	}
	if err != nil {
		w.abort()
		return nil, err
	}
	return w, nil
}

// identify notes what is made. Only a making of the same can be gone on with.
func (w *making) identify() error {
	body, err := json.Marshal(struct {
		Worker  string
		Order   dsr.CopyOrder
		Release *dsr.CopyRelease
		Surveys bool
	}{w.maker.Worker, w.of.Order, w.of.Release, w.surveys})
	if err != nil {
		return fmt.Errorf("identifying a copy: %w", err)
	}
	sum := sha256.Sum256(body)
	w.what.SHA256 = hex.EncodeToString(sum[:])
	return nil
}

// start begins from the first document. store says that the copy is to be stored.
func (w *making) start(ctx context.Context, store bool) (err error) {
	if w.copier, err = personcopy.NewCopier(w.order, w); err != nil {
		return explained(err)
	}
	if store && !w.surveys {
		if w.zip, err = w.maker.Ledger.Exports().NewWriter(ctx, dsr.CopyBlob(w.of.Order.RequestID)); err != nil {
			return err
		}
	}
	if w.of.Review == nil {
		w.places, err = w.maker.Ledger.NewPlaces(ctx, w.of.Name())
	}
	return err
}

// Write implements io.Writer. What is written is the copy.
func (w *making) Write(p []byte) (int, error) {
	w.sum.Write(p)
	w.size += int64(len(p))
	if w.zip == nil {
		return len(p), nil
	}
	return w.zip.Write(p)
}

// run works until the copy is whole, or the time of a step is up. Then it records how far it is,
// but for a copy that is made in one go.
func (w *making) run(ctx context.Context) (finished bool, err error) {
	if w.copier.IsWhole() {
		return true, nil // an earlier delivery has recorded that
	}

	m := w.maker
	pauseAt := m.Now().Add(orDefault(m.StepTime, stepTime))
	finished, err = w.copier.Run(ctx, w.documents, func() bool { return !m.Now().Before(pauseAt) })
	if err != nil {
		return false, explained(err)
	}
	if finished && w.step == 0 {
		return true, nil
	}

	state, err := w.save(ctx, finished)
	if err != nil || !finished {
		return false, err
	}
	err = w.reopen(ctx, state, w.zip != nil, w.places != nil)
	if isLost(err) {
		err = dsr.Errorf(dsr.Transient, dsr.ReasonConflict, "another delivery has stored the copy: %v", err)
	}
	return err == nil, err
}

// made is a copy that was made.
type made struct {
	personcopy.Summary
	sha256 string
	bytes  int64
}

func (w *making) made() made {
	return made{
		Summary: w.copier.Summary(),
		sha256:  hex.EncodeToString(w.sum.Sum(nil)),
		bytes:   w.size,
	}
}

// commit stores the copy. It returns the hash of what is stored, which a concurrent delivery may
// have written, and "" if this one stores nothing.
func (w *making) commit() (sum string, err error) {
	if w.zip == nil {
		return "", nil
	}
	info, err := w.zip.Commit(map[string]string{dsr.MetaCopy: strconv.Itoa(w.of.Order.Number)})
	return info.Metadata[dsr.MetaSHA256], err
}

// abort ends what is still being written.
func (w *making) abort() {
	for _, blob := range []*archive.Writer{w.zip, w.places} {
		if blob != nil {
			blob.Abort()
		}
	}
}
