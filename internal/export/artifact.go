package export

import (
	"context"
	"encoding/json"
	"errors"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// content stores the bytes that a document's contentUri leads to, and names them in the
// document's entry. If they are refused for good, the entry says so.
func (c *chunk) content(ctx context.Context, call azureml.Call, e *dsr.Entry, doc []byte) error {
	var info struct {
		ContentURI string `json:"contentUri"`
	}
	if err := json.Unmarshal(doc, &info); err != nil || info.ContentURI == "" {
		e.Error = c.itemError(ctx, e.Endpoint, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the answer names no contentUri", e.Endpoint))
		return nil //nolint:nilerr // it stands in the entry
	}

	t := c.job.Task
	name := t.ArtifactBlob(c.job.Target, call.Item, call.Entry)
	store := c.worker.archive.CopyArtifact
	if c.job.Again { // an earlier delivery may have stored it, and need not be repeated
		store = c.worker.archive.StoreArtifact
	}

	stored, progress, err := store(ctx, name, signedSource{c.worker.upstream, info.ContentURI})
	c.progress.Add(int64(progress))
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return err
	}
	if err != nil {
		e.Error = c.itemError(ctx, e.Endpoint, err)
		return nil //nolint:nilerr // it stands in the entry
	}

	e.Content = contentOf(t, stored)
	return nil
}

// storedContent returns the bytes that an earlier delivery of the task has stored for an
// entry that is refused by now, since a receipt vouches for all that is stored. It
// returns nil where there are none.
func (c *chunk) storedContent(ctx context.Context, call azureml.Call) (*dsr.Content, error) {
	if !call.Operation.Content || !c.job.Again {
		return nil, nil
	}

	t := c.job.Task
	name := t.ArtifactBlob(c.job.Target, call.Item, call.Entry)
	info, err := c.worker.archive.Backend().Stat(ctx, name)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}

	return contentOf(t, info), nil
}

func contentOf(t dsr.Task, info archive.Info) *dsr.Content {
	return &dsr.Content{Name: info.Name[len(t.Of().Prefix()):], SHA256: info.Metadata[dsr.MetaSHA256], Size: info.Size}
}

// signedSource reads an artifact by its signed link.
type signedSource struct {
	upstream Upstream
	uri      string
}

var _ archive.Source = signedSource{}

// Open reads a stretch of the artifact.
func (s signedSource) Open(ctx context.Context, offset, length int64, ifMatch string) (*archive.Stream, error) {
	content, err := s.upstream.OpenContent(ctx, s.uri, offset, length, ifMatch)
	if err != nil {
		return nil, err
	}
	return &archive.Stream{Body: content.Body, Length: content.Length, ETag: content.ETag}, nil
}
