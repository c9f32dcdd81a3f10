package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// reviewFlags are the flags of `dsr review`.
type reviewFlags struct {
	keep, remove, release, open, asJSON bool
	rule, by                            string
	limit                               int
}

// check returns what is wrong with the flags together. places are what is decided.
func (f reviewFlags) check(places []string) error {
	decides := f.keep || f.remove
	switch {
	case f.keep && f.remove, decides && f.release:
		return cli.Usage(errors.New("give one of --keep, --remove and --release"))
	case decides && (len(places) > 0) == (f.rule != ""):
		return cli.Usage(errors.New("say what is decided: places by their ids, or --rule RULE"))
	case !decides && len(places) > 0:
		return cli.Usage(errors.New("say what becomes of the places: --keep or --remove"))
	case decides && f.open:
		return cli.Usage(errors.New("--open is for the list"))
	case f.release && (f.rule != "" || f.open):
		return cli.Usage(errors.New("--release is for the copy as a whole"))
	case f.limit < 1:
		return cli.Usage(errors.New("--limit must be 1 or more"))
	default:
		return nil
	}
}

func newReviewCmd(e *cli.Env) *cobra.Command {
	var flags reviewFlags
	cmd := &cobra.Command{
		Use:   "review ID [PLACE…]",
		Short: "Look at what is uncertain in a person's copy, decide it, and release the copy",
		Long: `Lists what a program can't decide in the copy for the person that was ordered last:
things that don't say whose they are but name the person, texts in which somebody else
may be named, and the contents of files. Each place has an id, what stands there, and
what is proposed: keep, or remove.

--keep and --remove decide: about the places whose ids are given, or with --rule about
all places of a rule. To keep what would be left out puts it into the copy. A later
decision replaces an earlier one, and one about a place outweighs one about its rule.
What nobody decides is done as proposed.

A copy that must be reviewed is made after --release. Another copy follows what was
decided before it was ordered. Who decided what and when is kept with the evidence,
without what stands there. docs/persons-copy.md explains the rules.`,
		Example: "  dsr review 3f0c6f0e-77aa\n  dsr review 3f0c6f0e-77aa --remove 5f0d3a86c1b2e479\n" +
			"  dsr review 3f0c6f0e-77aa --keep --rule name-part\n  dsr review 3f0c6f0e-77aa --release --by \"Grace Hopper\"",
		Args:              reviewArgs,
		ValidArgsFunction: completing(e, allIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(args[1:]); err != nil {
				return err
			}
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runReview(cmd.Context(), e, o, args[0], args[1:], flags)
			})
		},
	}

	cmd.Flags().BoolVar(&flags.keep, "keep", false, "keep the places, or put them into the copy")
	cmd.Flags().BoolVar(&flags.remove, "remove", false, "take the places out, or leave them out")
	cmd.Flags().BoolVar(&flags.release, "release", false, "say that the copy was looked at, and have it made")
	cmd.Flags().StringVar(&flags.rule, "rule", "", "all places of a rule: owner-name, mention, namesake, short-name, name-part or file")
	cmd.Flags().BoolVar(&flags.open, "open", false, "list only what is not decided")
	cmd.Flags().IntVar(&flags.limit, "limit", 100, "list at most so many places")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of lines")
	byFlag(cmd, e, &flags.by)

	return cmd
}

// reviewArgs wants the id of a request, and takes any number of places.
func reviewArgs(cmd *cobra.Command, args []string) error {
	return cli.Args("ID")(cmd, args[:min(len(args), 1)])
}

func runReview(ctx context.Context, e *cli.Env, o *operator.Operator, id string, places []string, flags reviewFlags) error {
	switch {
	case flags.release:
		return runRelease(ctx, e, o, id, flags)
	case flags.keep || flags.remove:
		return runDecide(ctx, e, o, id, places, flags)
	default:
		return runListPlaces(ctx, e, o, id, flags)
	}
}

func runRelease(ctx context.Context, e *cli.Env, o *operator.Operator, id string, flags reviewFlags) error {
	c, err := o.ReleaseCopy(ctx, operator.CopyReleaseOrder{ID: id, By: flags.by})
	if err != nil {
		return err
	}
	if flags.asJSON {
		return json.NewEncoder(e.Out).Encode(c)
	}
	printDelivery(e.Streams, c)
	return nil
}

func runDecide(ctx context.Context, e *cli.Env, o *operator.Operator, id string, places []string, flags reviewFlags) error {
	verdict := dsr.VerdictRemove
	if flags.keep {
		verdict = dsr.VerdictKeep
	}

	review, err := o.Decide(ctx, operator.DecisionOrder{
		ID:      id,
		Verdict: verdict,
		Places:  places,
		Rule:    dsr.ReviewRule(flags.rule),
		By:      flags.by,
	})
	if err != nil {
		return err
	}
	if flags.asJSON {
		return json.NewEncoder(e.Out).Encode(review)
	}

	printReview(e.Streams, review)
	return nil
}

// reviewListed is what `dsr review --json` prints of a list.
type reviewListed struct {
	operator.Review
	Value []operator.ReviewPlace `json:"value"`
	More  bool                   `json:"more"` // places than the limit are on the list
}

func runListPlaces(ctx context.Context, e *cli.Env, o *operator.Operator, id string, flags reviewFlags) error {
	review, err := o.Review(ctx, id)
	if err != nil {
		return err
	}
	places, next, err := o.ReviewPlaces(ctx, operator.ReviewQuery{
		ID:     id,
		Rule:   dsr.ReviewRule(flags.rule),
		Open:   flags.open,
		Top:    flags.limit,
		Values: true,
	})
	if err != nil {
		return err
	}
	if flags.asJSON {
		return json.NewEncoder(e.Out).Encode(reviewListed{review, places, next > 0})
	}

	for _, p := range places {
		printPlace(e.Streams, p)
	}
	if next > 0 {
		cli.PrintFields(e.Out, "more", "--limit lists more of them, --rule those of a rule")
	}
	printReview(e.Streams, review)

	return nil
}

func printPlace(s cli.Streams, p operator.ReviewPlace) {
	fields := []string{p.ID, string(p.Rule), "proposed=" + string(p.Proposed)}
	if p.Decided != "" {
		fields = append(fields, "decided="+string(p.Decided))
	}
	switch {
	case p.Gone:
		fields = append(fields, "the document is not stored any more")
	case p.Rule == dsr.RuleFile:
		fields = append(fields, cli.OneLine(p.Item), cli.Count("bytes", p.Size))
	default:
		if p.Name != "" {
			fields = append(fields, "nameOf="+string(p.Name))
		}
		fields = append(fields, cli.OneLine(p.Item+p.Pointer), cli.OneLine(strconv.Quote(p.Before+"⟦"+p.Match+"⟧"+p.After)))
	}
	cli.PrintFields(s.Out, fields...)
}

func printReview(s cli.Streams, review operator.Review) {
	for _, r := range review.Rules {
		fields := []string{"rule", string(r.Rule), cli.Count("places", r.Places), "proposed=" + string(r.Proposed)}
		if r.Decided != "" {
			fields = append(fields, "decided="+string(r.Decided))
		}
		cli.PrintFields(s.Out, append(fields, r.What)...)
	}
	fields := []string{review.ID, "review", review.State, cli.Count("places", review.Places), cli.Count("decisions", review.Decisions)}
	if review.Incomplete {
		fields = append(fields, "incomplete: too many names are known to look for all short ones")
	}
	cli.PrintFields(s.Out, fields...)
}
