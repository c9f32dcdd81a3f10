package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

const (
	// downloadsAtOnce is how many blobs are read at once.
	downloadsAtOnce = 8
	// downloadBatch is how many hashes are held before they are written.
	downloadBatch = 512
)

// downloadOptions are what the command line of `dsr download` says.
type downloadOptions struct {
	id, dir string
	json    bool
}

func newDownloadCmd(a *cli) *cobra.Command {
	var o downloadOptions
	cmd := &cobra.Command{
		Use:   "download ID DIR",
		Short: "Copy a closed request, documents and evidence, into a folder",
		Long: `Copies everything that is stored of a closed request into DIR/ID: the person's
documents and the evidence, in one tree, and a file SHA256SUMS that
` + "`sha256sum -c`" + ` reads in that folder. What is there already is kept, so a download
that broke off goes on when it is run again.

It prints a line per endpoint. DIR then holds personal data. Only you may read it.`,
		Example: "  dsr download 3f0c6f0e-77aa evidence\n  (cd evidence/3f0c6f0e-77aa && sha256sum -c --quiet SHA256SUMS)\n  dsr verify evidence/3f0c6f0e-77aa",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.id, o.dir = args[0], args[1]
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			return runDownload(cmd.Context(), a, c, o)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object instead of lines")
	return cmd
}

func runDownload(ctx context.Context, a *cli, c *config.Connections, o downloadOptions) error {
	attempt, err := latestAttempt(ctx, c, o.id)
	if err != nil {
		return err
	}
	manifest, _, closed, err := c.Ledger.Manifest(ctx, attempt)
	if err != nil {
		return err
	}
	if !closed {
		return failed(fmt.Errorf("request %s is not closed yet; `dsr status %s --watch` waits for that", o.id, o.id))
	}
	if err := download(ctx, c, o.id, o.dir); err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(a.Out).Encode(struct {
			RequestID string     `json:"requestId"`
			Attempt   int        `json:"attempt"`
			Status    dsr.Status `json:"status"`
			Folder    string     `json:"folder"`
			Totals    dsr.Totals `json:"totals"`
		}{o.id, attempt.Number, manifest.Status, filepath.ToSlash(filepath.Join(o.dir, o.id)), manifest.Totals})
	}
	printTotals(a.Out, manifest.Totals)
	return nil
}

// latestAttempt finds the attempt of a request that was ordered last.
func latestAttempt(ctx context.Context, c *config.Connections, id string) (dsr.Attempt, error) {
	if !dsr.ValidID(id) {
		return dsr.Attempt{}, usage(fmt.Errorf("%q is not the id of a request", id))
	}
	a := dsr.Attempt{RequestID: id, Number: 1}
	_, request, err := c.Ledger.Request(ctx, id)
	if err != nil {
		return a, err
	}
	_, open, err := c.Ledger.Open(ctx, a)
	if err != nil {
		return a, err
	}
	if !request && !open {
		return a, notFound(fmt.Errorf("no request %s is stored", id))
	}
	return c.Ledger.LatestAttempt(ctx, id)
}

// download copies a request's blobs of both containers into dir/{id}, keeps
// what is there already, and writes SHA256SUMS when all is there.
func download(ctx context.Context, c *config.Connections, id, dir string) (err error) {
	if err := os.MkdirAll(dir, privateFolder); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the folder: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	d := &downloadFolder{root: root, partial: "." + id + ".partial"}
	if err := root.MkdirAll(d.partial, privateFolder); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	defer func() { err = errors.Join(err, root.RemoveAll(d.partial)) }()
	sums, err := root.OpenFile(path.Join(d.partial, sumsFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, privateFile)
	if err != nil {
		return fmt.Errorf("making %s: %w", sumsFile, err)
	}
	err = d.fetchAll(ctx, c, id, sums)
	if err := errors.Join(err, sums.Close()); err != nil {
		return err
	}
	if err := root.Rename(path.Join(d.partial, sumsFile), path.Join(id, sumsFile)); err != nil {
		return fmt.Errorf("making %s: %w", sumsFile, err)
	}
	return nil
}

// fetchAll fetches blobs in batches, some at once, and writes a line for each
// in order of name.
func (d *downloadFolder) fetchAll(ctx context.Context, c *config.Connections, id string, sums *os.File) error {
	found := false
	var batch []heldBlob
	for b, err := range evidenceOf(c).blobs(ctx, id+"/") {
		if err != nil {
			return err
		}
		found = true
		if batch = append(batch, b); len(batch) == downloadBatch {
			if err := d.fetchBatch(ctx, batch, id, sums); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if !found {
		return notFound(fmt.Errorf("nothing is stored of request %s", id))
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
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, b := range batch {
		line := hashes[i] + "  " + strings.TrimPrefix(b.info.Name, id+"/") + "\n"
		if _, err := sums.WriteString(line); err != nil {
			return fmt.Errorf("writing %s: %w", sumsFile, err)
		}
	}
	return nil
}
