package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

const (
	// downloadsAtOnce is how many blobs are read at once.
	downloadsAtOnce = 8
	// downloadBatch is how many hashes are held in memory before they are written.
	downloadBatch = 512
)

// Downloaded is a request that was copied into a folder.
type Downloaded struct {
	RequestID string     `json:"requestId"`
	Attempt   int        `json:"attempt"`
	Status    dsr.Status `json:"status"`
	Folder    string     `json:"folder"` // with slashes
	Totals    dsr.Totals `json:"totals"`
	// Exported says, of a request that exports, how much of it names the subject.
	Exported *Matches `json:"exported,omitempty"`
	// Failures and NotCovered are what the folder lacks, in words.
	Failures   []Explained `json:"failures,omitempty"`
	NotCovered []LeftOut   `json:"notCovered,omitempty"`
}

// DownloadOptions are all optional. nil is the same as the zero DownloadOptions.
type DownloadOptions struct {
	// Progress is called with how many of the request's files are there, never
	// concurrently. Default: no progress is reported.
	Progress func(done, total int64)
}

// Download copies everything that is stored of a closed request into dir/ID. It keeps the
// files that are already there and unchanged. The error is Refused for an open request. After
// any error that is not an Error the copy is incomplete, and the same call goes on with it.
func (o *Operator) Download(ctx context.Context, id, dir string, opts *DownloadOptions) (Downloaded, error) {
	attempt, manifest, _, err := o.closedAttempt(ctx, id)
	if err != nil {
		return Downloaded{}, err
	}
	if opts == nil {
		opts = &DownloadOptions{}
	}
	if err := o.copyInto(ctx, id, dir, opts.Progress); err != nil {
		if KindOf(err) == 0 {
			err = fmt.Errorf("incomplete download; run it again: %w", err)
		}
		return Downloaded{}, err
	}

	exported, err := o.matches(ctx, attempt, partIn(dir), 0)
	return Downloaded{
		RequestID:  id,
		Attempt:    attempt.Number,
		Status:     manifest.Status,
		Folder:     filepath.ToSlash(filepath.Join(dir, id)),
		Totals:     manifest.Totals,
		Exported:   exported,
		Failures:   Explain(manifest.Failures),
		NotCovered: LeftOutOf(manifest.NotCovered),
	}, err
}

// partIn is an openPart of a folder with what was downloaded.
func partIn(dir string) openPart {
	return func(ctx context.Context, name string) (io.ReadCloser, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f, err := os.OpenInRoot(dir, filepath.FromSlash(name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, archive.ErrNotFound
		}
		return f, err
	}
}

// copyInto copies a request's blobs of both containers into dir/ID. Without SHA256SUMS a copy
// is incomplete: it is removed before a first file is written, and written when all files are
// complete.
func (o *Operator) copyInto(ctx context.Context, id, dir string, progress func(done, total int64)) (err error) {
	if err := makeFolder(dir); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the folder: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()

	d := &downloadFolder{
		root:    root,
		sums:    path.Join(id, SumsFile),
		partial: "." + id + ".partial",
	}
	if progress != nil {
		if d.total, err = o.countBlobs(ctx, id); err != nil {
			return err
		}
		d.progress = progress
	}
	if err := root.MkdirAll(d.partial, privateFolder); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	defer func() { err = errors.Join(err, root.RemoveAll(d.partial)) }()

	sums, err := root.OpenFile(path.Join(d.partial, SumsFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, privateFile)
	if err != nil {
		return fmt.Errorf("making %s: %w", SumsFile, err)
	}
	err = d.fetchAll(ctx, o.evidence(), id, sums)
	if err := errors.Join(err, sums.Close()); err != nil {
		return err
	}
	if err := root.Rename(path.Join(d.partial, SumsFile), d.sums); err != nil {
		return fmt.Errorf("making %s: %w", SumsFile, err)
	}

	return nil
}

// ignoreFile keeps a folder of personal data out of a Git repository around it.
const ignoreFile = ".gitignore"

// makeFolder makes the folder to download into. A new one gets a file that keeps all of it out
// of Git; one that is there is somebody's own.
func makeFolder(dir string) error {
	_, err := os.Stat(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, os.MkdirAll(dir, privateFolder))
	}
	if err := os.MkdirAll(dir, privateFolder); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ignoreFile), []byte("*\n"), privateFile)
}

// countBlobs counts a request's blobs.
func (o *Operator) countBlobs(ctx context.Context, id string) (n int64, err error) {
	for _, err := range o.evidence().List(ctx, id+"/") {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// fetchAll fetches blobs in batches, some of them at once. It writes a line of sums for
// each, in order of name.
func (d *downloadFolder) fetchAll(ctx context.Context, from archiveEvidence, id string, sums *os.File) error {
	found := false
	var batch []heldBlob
	for b, err := range from.blobs(ctx, id+"/") {
		if err != nil {
			return err
		}

		found, batch = true, append(batch, b)
		if len(batch) == downloadBatch {
			if err := d.fetchBatch(ctx, batch, id, sums); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}

	if !found {
		return notFound("nothing is stored of request %s", id)
	}

	return d.fetchBatch(ctx, batch, id, sums)
}

func (d *downloadFolder) fetchBatch(ctx context.Context, batch []heldBlob, id string, sums *os.File) error {
	hashes := make([]string, len(batch))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(downloadsAtOnce)

	for i, b := range batch {
		g.Go(dsr.Guard(func() (err error) {
			hashes[i], err = d.fetch(gctx, b, strconv.Itoa(i))
			if err == nil {
				d.count()
			}
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}

	for i, b := range batch {
		line := hashes[i] + "  " + strings.TrimPrefix(b.info.Name, id+"/") + "\n"
		if _, err := sums.WriteString(line); err != nil {
			return fmt.Errorf("writing %s: %w", SumsFile, err)
		}
	}

	return nil
}
