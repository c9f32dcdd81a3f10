package personcopy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"azureml-dsr/internal/dsr"
)

// file is a file that a document describes.
type file struct {
	// Name is the file's in the copy, "" where its contents are left out.
	Name   string `json:"name,omitempty"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// file returns what a copy says of the file of a document. The contents are in the copy if
// somebody has decided so.
func (c *Copier) file(ctx context.Context, item string, d Document, at locus, chosen bool) (*file, error) {
	c.totals.Files++
	out := &file{Size: d.Content.Size, SHA256: d.Content.SHA256}
	decided := c.review.decisions.OfRule(dsr.RuleFile)
	if !chosen {
		decided = c.review.settle(at.place(d.Endpoint, dsr.RuleFile, ""))
	}
	if decided != dsr.VerdictInclude || d.Open == nil {
		return out, nil
	}

	c.totals.Given++
	name := item[strings.LastIndexAny(item, `/\`)+1:]
	out.Name = fmt.Sprintf("data/files/%06d/%s", c.totals.Given, FileName(name))

	return out, c.bag.Add(out.Name, func(w io.Writer) (err error) {
		body, err := d.Open(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, body.Close()) }()

		hash := sha256.New()
		if _, err := io.Copy(io.MultiWriter(w, hash), body); err != nil {
			return fmt.Errorf("reading a file of entry %d of %s: %w", d.Entry, d.Part, err)
		}
		if hex.EncodeToString(hash.Sum(nil)) != d.Content.SHA256 {
			return fmt.Errorf("%w: the file of entry %d of %s", ErrDamaged, d.Entry, d.Part)
		}
		return nil
	})
}
