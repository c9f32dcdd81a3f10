package main

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// verifyOptions are what the command line of `dsr verify` says.
type verifyOptions struct {
	what    string // an id, or a folder
	attempt int    // 0: all of them
	keyFile string
	json    bool
}

func newVerifyCmd(a *cli) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify ID|DIR",
		Short: "Check that a closed request is complete and unchanged",
		Long: `Reads everything that the manifest of a closed request vouches for and derives
it again: every hash, every count, and that nothing is missing and nothing was
added. It reads the stored blobs of request ID, or a folder that ` + "`dsr download`" + `
or ` + "`dsr demo`" + ` has written; for a folder it needs no settings and no network.

It prints a line per endpoint, then a line per fault: missing, changed, foreign
(nothing names it), malformed or inconsistent. Blobs that nothing vouches for
and that are no fault, such as what a failed task left, count as unlisted. The
last line begins with ok, or counts the faults; these end it with exit code 3.

When the documents were removed because their retention was over, it says so
and ends with exit code 1: nothing is left to hold the evidence against. With
--json it also prints the record of the removal.`,
		Example: "  dsr verify 3f0c6f0e-77aa\n  dsr verify evidence/3f0c6f0e-77aa --key public.pem",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.what = args[0]
			return runVerify(cmd.Context(), a, o)
		},
	}
	cmd.Flags().IntVar(&o.attempt, "attempt", 0, "the attempt to check (default all of them)")
	cmd.Flags().StringVar(&o.keyFile, "key", "", "PEM file of the public key that the manifest should be signed with")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object for each attempt instead of lines")
	return cmd
}

func runVerify(ctx context.Context, a *cli, o verifyOptions) (err error) {
	key, err := readKey(o.keyFile)
	if err != nil {
		return err
	}
	if o.attempt < 0 {
		return usage(errors.New("--attempt must be 1 or more"))
	}
	info, err := os.Stat(o.what)
	switch {
	case err == nil && info.IsDir():
		return verifyFolder(ctx, a, o, key)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("looking for the evidence: %w", err)
	case !dsr.ValidID(o.what):
		return notFound(fmt.Errorf("%s is neither a folder nor the id of a request", o.what))
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return verifyStored(ctx, a, c, o, key)
}

// verifyFolder verifies what `dsr download` has written.
func verifyFolder(ctx context.Context, a *cli, o verifyOptions, key crypto.PublicKey) (err error) {
	folder, err := openFolder(o.what)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	return verifyAttempts(ctx, a, folder, o.chosen(dsr.Attempt{RequestID: folder.id, Number: folder.latest()}), key, o.json)
}

// chosen gives the attempts that are to be checked, of a request with a last one.
func (o verifyOptions) chosen(last dsr.Attempt) []dsr.Attempt {
	if o.attempt > 0 {
		return []dsr.Attempt{{RequestID: last.RequestID, Number: o.attempt}}
	}
	var all []dsr.Attempt
	for n := range last.Number {
		all = append(all, dsr.Attempt{RequestID: last.RequestID, Number: n + 1})
	}
	return all
}

// verifyAttempts verifies each attempt: what a later one has done again, the
// others still vouch for the rest. Of several errors it gives one that is more
// than faults.
func verifyAttempts(ctx context.Context, a *cli, e verify.Evidence, attempts []dsr.Attempt, key crypto.PublicKey, asJSON bool) error {
	var worst error
	for _, attempt := range attempts {
		err := verifyAttempt(ctx, a, e, attempt, key, asJSON)
		if worst == nil || exitCode(worst) == exitNotGood && err != nil {
			worst = err
		}
	}
	return worst
}

// verifyStored verifies what the containers hold.
func verifyStored(ctx context.Context, a *cli, c *config.Connections, o verifyOptions, key crypto.PublicKey) error {
	attempt, err := latestAttempt(ctx, c, o.what)
	if err != nil {
		return err
	}
	if o.attempt > attempt.Number {
		return notFound(fmt.Errorf("request %s has %s", o.what, plural(attempt.Number, "attempt")))
	}
	chosen := o.chosen(attempt)
	attempt = chosen[len(chosen)-1]
	_, open, err := c.Ledger.Open(ctx, attempt)
	if err != nil {
		return err
	}
	closed, err := c.Ledger.Closed(ctx, attempt)
	if err != nil {
		return err
	}
	if open && !closed { // a closer may be writing the manifest's parts just now
		return notClosed(attempt)
	}
	return verifyAttempts(ctx, a, evidenceOf(c), chosen, key, o.json)
}

func notClosed(a dsr.Attempt) error {
	return failed(fmt.Errorf("attempt %d of request %s is not closed yet: there is no manifest to check it against", a.Number, a.RequestID))
}

// tellRemoved says that nothing is left to hold the evidence against. That is a
// failure, of which a script may read the record.
func tellRemoved(a *cli, attempt dsr.Attempt, r dsr.Retention, asJSON bool) error {
	if asJSON {
		err := json.NewEncoder(a.Out).Encode(struct {
			RequestID string        `json:"requestId"`
			Attempt   int           `json:"attempt"`
			OK        bool          `json:"ok"`
			Removed   dsr.Retention `json:"removed"`
		}{attempt.RequestID, attempt.Number, false, r})
		if err != nil {
			return err
		}
	}
	return documentsRemoved(attempt, r)
}

func documentsRemoved(a dsr.Attempt, r dsr.Retention) error {
	return failed(fmt.Errorf("the documents of attempt %d of request %s were removed from %s on, when they had been kept for %d days: %d blobs with %d documents, %d bytes; %s records it, and only the evidence is left",
		a.Number, a.RequestID, r.BeganAt.UTC().Format(time.RFC3339), r.RetentionDays, r.Blobs, r.Documents, r.Bytes, a.Retention()))
}

func readKey(file string) (crypto.PublicKey, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, usage(fmt.Errorf("reading --key: %w", err))
	}
	key, err := verify.ParseKey(text)
	if err != nil {
		return nil, usage(fmt.Errorf("reading --key: %w", err))
	}
	return key, nil
}

// verifyAttempt verifies one attempt and prints what was found.
func verifyAttempt(ctx context.Context, a *cli, e verify.Evidence, attempt dsr.Attempt, key crypto.PublicKey, asJSON bool) error {
	removal, removed, err := verify.RemovalOf(ctx, e, attempt)
	if err != nil {
		return err
	}
	if removed {
		return tellRemoved(a, attempt, removal, asJSON)
	}
	opts := &verify.Options{Key: key, Same: app.SameRows()}
	bar := newProgress(a.streams)
	if a.IsTerminal && !asJSON {
		opts.Progress = func(done, total int64) { bar.show(done, total, "receipts") }
	}
	report, err := verify.Verify(ctx, e, attempt, opts)
	bar.close()
	switch {
	case errors.Is(err, verify.ErrNotClosed):
		return notClosed(attempt)
	case errors.Is(err, verify.ErrNotFound):
		return notFound(fmt.Errorf("nothing is stored of attempt %d of request %s", attempt.Number, attempt.RequestID))
	case err != nil:
		return err
	}
	if asJSON {
		err = printReportJSON(a, report)
	} else {
		printReport(a, report)
	}
	if err == nil && len(report.Faults) > 0 {
		err = notGood(nil)
	}
	return err
}

func printReport(a *cli, r verify.Report) {
	printTotals(a.Out, r.Manifest.Totals)
	for _, f := range r.Faults {
		printFields(a.Out, string(f.Kind), f.Name, f.Detail)
	}
	signature := []string{"signature=" + orDash(r.Signature)}
	if r.KeyID != "" {
		signature = append(signature, "keyId="+r.KeyID)
	}
	printFields(a.Out, append(signature, fmt.Sprintf("unlisted=%d", len(r.Unlisted)))...)
	if n := len(r.Faults); n > 0 {
		printFields(a.Out, plural(n, "fault"))
		return
	}
	printFields(a.Out, "ok", r.RequestID, fmt.Sprintf("attempt=%d", r.Attempt), string(r.Manifest.Status),
		fmt.Sprintf("blobs=%d", r.Blobs), fmt.Sprintf("documents=%d", r.Documents))
}

func printReportJSON(a *cli, r verify.Report) error {
	out := struct {
		RequestID string         `json:"requestId"`
		Attempt   int            `json:"attempt"`
		Status    dsr.Status     `json:"status"`
		OK        bool           `json:"ok"`
		Signature string         `json:"signature"`
		KeyID     string         `json:"keyId,omitempty"`
		Totals    dsr.Totals     `json:"totals"`
		Faults    []verify.Fault `json:"faults"`
		Unlisted  []string       `json:"unlisted"`
		Blobs     int64          `json:"blobs"`
		Documents int64          `json:"documents"`
	}{
		r.RequestID, r.Attempt, r.Manifest.Status, len(r.Faults) == 0, r.Signature, r.KeyID, r.Manifest.Totals,
		append([]verify.Fault{}, r.Faults...), append([]string{}, r.Unlisted...), r.Blobs, r.Documents,
	}
	return json.NewEncoder(a.Out).Encode(out)
}
