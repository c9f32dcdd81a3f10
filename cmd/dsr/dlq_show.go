package main

import (
	"azureml-dsr/internal/config"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

// dlqShowOptions are what the command line of `dsr dlq show` says.
type dlqShowOptions struct {
	sequence string
	reveal   bool
	json     bool
}

func newDLQShowCmd(a *cli) *cobra.Command {
	var o dlqShowOptions
	var queue string
	cmd := &cobra.Command{
		Use:   "show SEQUENCE",
		Short: "Show a dead letter and its body",
		Long: `Shows the line of a dead letter and then its body. What tells of the person, and
members that no request has, are shown as ***; so is a body that is no JSON. With
--reveal the body is shown as it is: then you see personal data.`,
		Example: "  dsr dlq show 3\n  dsr dlq show 3 --reveal\n  dsr dlq show --queue poison dsr-exports/20261124T083940Z-7",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.sequence = args[0]
			return withDead(cmd.Context(), a, queue, func(_ *config.Connections, s deadStore) error {
				return runDLQShow(cmd.Context(), a, s, o)
			})
		},
	}
	queueFlag(cmd, &queue)
	cmd.Flags().BoolVar(&o.reveal, "reveal", false, "show personal data")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object instead of lines")
	return cmd
}

func runDLQShow(ctx context.Context, a *cli, s deadStore, o dlqShowOptions) error {
	for d, err := range s.all(ctx) {
		if err != nil {
			return err
		}
		if d.Sequence == o.sequence {
			return d.show(a, o)
		}
	}
	return notFound(fmt.Errorf("there is no dead letter %s", o.sequence))
}

func (d deadLetter) show(a *cli, o dlqShowOptions) error {
	body := shownBody(d.body, o.reveal)
	d.Age = age(a.now().Sub(d.EnqueuedAt))
	if o.json {
		return json.NewEncoder(a.Out).Encode(struct {
			deadLetter
			Body json.RawMessage `json:"body"` // a string when it is no JSON
		}{d, body})
	}
	printDead(a, d)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "  "); err != nil {
		return fmt.Errorf("showing the body: %w", err)
	}
	return a.say("%s\n", &pretty)
}

// shownBody gives a body as JSON: masked or as it is, or as a string when it is
// none.
func shownBody(body []byte, reveal bool) json.RawMessage {
	if reveal {
		if json.Valid(body) {
			return body
		}
		return json.RawMessage(jsonString(string(body)))
	}
	if masked, ok := maskBody(body); ok {
		return masked
	}
	return json.RawMessage(jsonString(mask + " (" + strconv.Itoa(len(body)) + " bytes that are no JSON object)"))
}

// jsonString quotes a text; bytes that are no UTF-8 are replaced.
func jsonString(text string) []byte {
	quoted, _ := json.Marshal(text) // a string can't fail
	return quoted
}
