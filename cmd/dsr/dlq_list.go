package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

func newDLQListCmd(a *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [QUEUE]",
		Short: "List the dead letters of a queue, and count those of the others",
		Long: `Lists the dead letters of QUEUE (default dsr-requests), a line each: its sequence
number, the request's id, the reason, the age, and the description. Then a line for
each other queue says how many it has.`,
		Example:           "  dsr dlq list\n  dsr dlq list poison",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeQueues,
		RunE: func(cmd *cobra.Command, args []string) error {
			queue := append(args, dsr.QueueRequests)[0]
			return withDead(cmd.Context(), a, queue, func(c *config.Connections, _ deadStore) error {
				return runDLQList(cmd.Context(), a, c, queue, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of lines")
	return cmd
}

func runDLQList(ctx context.Context, a *cli, c *config.Connections, queue string, asJSON bool) error {
	type count struct {
		Dead int `json:"dead"`
	}
	out := struct {
		Queue    string           `json:"queue"`
		Messages []deadLetter     `json:"messages"`
		Others   map[string]count `json:"others"` // of each other queue
	}{queue, []deadLetter{}, map[string]count{}}
	for d, err := range deadIn(c, queue).all(ctx) {
		if err != nil {
			return err
		}
		d.body, d.Age = nil, age(a.now().Sub(d.EnqueuedAt))
		if asJSON {
			out.Messages = append(out.Messages, d)
		} else {
			printDead(a, d)
		}
	}
	for _, other := range deadQueues() {
		if other == queue {
			continue
		}
		var n count
		for _, err := range deadIn(c, other).all(ctx) {
			if err != nil {
				return err
			}
			n.Dead++
		}
		if out.Others[other] = n; !asJSON {
			printFields(a.Out, other, fmt.Sprintf("dead=%d", n.Dead))
		}
	}
	if asJSON {
		return json.NewEncoder(a.Out).Encode(out)
	}
	return nil
}

// printDead prints the line of a dead letter.
func printDead(a *cli, d deadLetter) {
	printFields(a.Out, d.Sequence, orDash(d.RequestID), orDash(oneLine(d.Reason)), "age="+d.Age, orDash(oneLine(d.Description)))
}

// age tells a duration in its two largest units.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = max(d, 0); {
	case d >= day:
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
}

// oneLine keeps what somebody else wrote from moving the cursor.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// requestOf finds the id of the request that a dead letter asks for.
func requestOf(property any, body []byte) string {
	if text, _ := property.(string); dsr.ValidID(text) {
		return text
	}
	return dsr.RequestIDIn(body)
}
