package export

import (
	"context"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// kin knows what hangs on the subject's things. A metric or an artifact says of nobody whose
// it is; it is the subject's if its run is. What says so by itself is no kin.
type kin struct {
	worker *Worker
	job    task.Job
	sieve  *sieve

	// turn is held while something is looked up. It is a channel and no mutex, since whoever
	// holds it waits for storage or Azure ML.
	turn   chan struct{}
	loaded bool
	items  map[string]bool // whether an item concerns the subject
}

func newKin(w *Worker, job task.Job, s *sieve) *kin {
	return &kin{worker: w, job: job, sieve: s, turn: make(chan struct{}, 1)}
}

// hangs reports whether a document of a row is kept because the item that it hangs on
// concerns the subject.
func (k *kin) hangs(ctx context.Context, row azureml.Operation, item string) (bool, error) {
	r := resource(k.job)
	switch {
	case r.OfSubject != "":
		return true, nil // its row asks for one person's items
	case r.Follows == "" || len(row.Owners) > 0:
		return false, nil
	}

	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if !k.loaded {
		if err := k.load(ctx); err != nil {
			return false, err
		}
		k.loaded = true
	}

	concerns, known := k.items[item]
	if known {
		return concerns, nil
	}
	concerns, err := k.ask(ctx, r.Follows, item)
	if err == nil {
		k.items[item] = concerns
	}
	return concerns, err
}

// load reads which items concern the subject from the stored answer that names them. A page
// that was recorded with the plan has none.
func (k *kin) load(ctx context.Context) error {
	k.items = map[string]bool{}
	listed := k.job.Task
	if listed.IsSubNode() {
		listed = listed.ParentTask()
	}
	listed.Type = k.job.Node.Type

	body, _, err := k.worker.archive.Backend().Open(ctx, listed.AnswerBlob(k.job.Target), 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer body.Close()

	r := resource(k.job)
	return archive.ReadDocuments(body, func(n int, doc io.Reader) error {
		row := *r.List
		if n > 0 && r.Children != nil {
			row = *r.Children
		}
		return k.note(row, doc)
	})
}

// note notes the elements of an answer.
func (k *kin) note(row azureml.Operation, doc io.Reader) error {
	dec := jsontext.NewDecoder(doc, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if dec.PeekKind() == '[' {
		return k.noteAll(row, dec)
	}

	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if isElements(name.String()) && dec.PeekKind() == '[' {
			err = k.noteAll(row, dec)
		} else {
			err = dec.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noteAll notes the elements of an array. One that is named twice concerns the subject if
// either does.
func (k *kin) noteAll(row azureml.Operation, dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		element, err := dec.ReadValue()
		if err != nil {
			return err
		}
		name, err := azureml.NameOf(element, row)
		if err != nil {
			return err
		}
		k.items[name] = k.items[name] || k.sieve.concerns(row, element)
	}
	_, err := dec.ReadToken()
	return err
}

// ask reads the item itself. One that is gone, or refused for good, is nobody's.
func (k *kin) ask(ctx context.Context, follows, item string) (bool, error) {
	r, _ := azureml.ResourceOf(follows)
	if r.Item == nil {
		return true, nil // nothing says whose it is
	}
	answer, err := k.worker.upstream.Get(ctx, azureml.Call{Operation: *r.Item, Target: k.job.Target, Item: item})
	if dsr.ClassOf(err) == dsr.Permanent {
		return false, nil
	}
	if err != nil {
		return false, err
	}

	body, err := k.worker.memory.answer(ctx, answer, heldPage)
	defer body.release()
	if err = errors.Join(err, closeBody(answer)); err != nil {
		return false, err
	}
	return k.sieve.concerns(*r.Item, body.bytes), nil
}
