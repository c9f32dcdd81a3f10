package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/personcopy"
)

// copyFlags are the flags of `dsr copy`.
type copyFlags struct {
	out, contact              string
	partial, unsigned, asJSON bool
	policy                    dsr.CopyPolicy
}

func newCopyCmd(e *cli.Env) *cobra.Command {
	var flags copyFlags
	cmd := &cobra.Command{
		Use:   "copy ID",
		Short: "Make the copy that may be handed to the person",
		Long: `Makes, of a closed request that exports and names a person, the copy of that
person's own data: a zip with a page in plain language, the documents as JSON, and
hashes of all files. It has what the person made or uses, by an id, and what belongs
to that. What is others' or says nobody's name is left out and counted. Other people
in the person's own documents become person-1, person-2 and so on, and secrets are
masked. The same request gives the same bytes.

Look through the copy before you hand it over: nobody can find every name in free
text. docs/persons-copy.md says what is found.

The file is ID.zip unless --out names another. One that is there is kept. With
EVIDENCE_KEY set the copy is signed as manifests are.

--unattributed include puts in what does not say whose it is and names the person, and
--files include the contents of their files, in which nobody is replaced. A copy that
must be reviewed proposes them.`,
		Example:           "  dsr copy 3f0c6f0e-77aa\n  dsr copy 3f0c6f0e-77aa --out ada.zip --contact privacy@example.org",
		Args:              cli.Args("ID"),
		ValidArgsFunction: completing(e, allIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkCopyPolicy(flags.policy); err != nil {
				return err
			}
			return withSigner(e, configFile(cmd), func(o *operator.Operator, signer ledger.Signer) error {
				return runCopy(cmd.Context(), e, o, signer, args[0], flags)
			})
		},
	}

	cmd.Flags().StringVar(&flags.out, "out", "", "the file to write (default ID.zip)")
	cmd.Flags().StringVar(&flags.contact, "contact", "", "whom the person may ask, such as an address; stands in the copy")
	cmd.Flags().BoolVar(&flags.partial, "partial", false, "make a copy also where not everything could be read; it says so")
	copyPolicyFlags(cmd, &flags.policy)
	cmd.Flags().BoolVar(&flags.unsigned, "unsigned", false, "leave the copy unsigned although EVIDENCE_KEY is set")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of lines")

	return cmd
}

func runCopy(ctx context.Context, e *cli.Env, o *operator.Operator, signer ledger.Signer, id string, flags copyFlags) error {
	name := flags.out
	if name == "" {
		name = personcopy.FileName(id) + ".zip"
	}
	opts := operator.CopyOptions{Partial: flags.partial, Contact: flags.contact, Policy: flags.policy}
	if signer != nil && !flags.unsigned {
		opts.Signer = signer
	}
	bar := cli.NewProgress(e.Streams)
	if e.IsTerminal && !flags.asJSON {
		opts.Progress = func(done, total int64) { bar.Show(done, total, "documents") }
	}

	var summary personcopy.Summary
	written, err := cli.WriteNew(name, func(w io.Writer) (err error) {
		summary, err = o.WriteCopy(ctx, id, w, opts)
		return err
	})
	bar.Close()
	if err != nil {
		return err
	}
	if flags.asJSON {
		return json.NewEncoder(e.Out).Encode(copied{id, name, written.Bytes, written.SHA256, summary})
	}

	printCopy(e.Streams, name, written, summary)

	return nil
}

// copied is what --json prints.
type copied struct {
	RequestID string             `json:"requestId"`
	File      string             `json:"file"`
	Bytes     int64              `json:"bytes"`
	SHA256    string             `json:"sha256"`
	Package   personcopy.Summary `json:"package"`
}

func printCopy(s cli.Streams, name string, written cli.Written, summary personcopy.Summary) {
	for _, section := range summary.Sections {
		cli.PrintFields(s.Out, section.ResourceType, cli.Count("documents", section.Documents))
	}
	for _, left := range summary.NotIncluded {
		if left.Count > 0 {
			cli.PrintFields(s.Out, "notIncluded", cli.Count("count", left.Count), left.What)
		}
	}

	if summary.Uncertain > 0 {
		decided := int64(0)
		if summary.Review != nil {
			decided = summary.Review.Decided
		}
		cli.PrintFields(s.Out, "uncertain", cli.Count("count", summary.Uncertain), cli.Count("decided", decided), "Places that a program can't decide")
	}

	signed := "signed=no"
	if summary.Signed {
		signed = "signed=yes"
	}
	cli.PrintFields(s.Out, cli.OneLine(name), cli.Count("documents", summary.Documents), cli.Count("others", summary.People), signed,
		cli.Count("bytes", written.Bytes), "sha256="+written.SHA256)
}
