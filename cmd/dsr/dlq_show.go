package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newDLQShowCmd(e *cli.Env) *cobra.Command {
	var reveal, asJSON bool
	var queue string
	cmd := &cobra.Command{
		Use:   "show SEQUENCE",
		Short: "Show a dead letter and its body",
		Long: `Shows the line of a dead letter and then its body. What tells of the person, and
members that no request has, are shown as ***; so is a body that is no JSON. With
--reveal the body is shown as it is: then you see personal data.`,
		Example:           "  dsr dlq show 3\n  dsr dlq show 3 --reveal\n  dsr dlq show --queue poison dsr-exports/20261124T083940Z-7",
		Args:              cli.Args("SEQUENCE"),
		ValidArgsFunction: completing(e, sequences(&queue), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDeadQueue(e, configFile(cmd), queue, func(o *operator.Operator) error {
				d, err := o.DeadLetter(cmd.Context(), queue, args[0])
				if err != nil {
					return err
				}
				return showDead(e, d, d.Body(reveal), asJSON)
			})
		},
	}

	queueFlag(cmd, &queue)
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show personal data")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of lines")

	return cmd
}

// showDead prints the line of a dead letter and its body.
func showDead(e *cli.Env, d operator.DeadLetter, body json.RawMessage, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(e.Out).Encode(struct {
			operator.DeadLetter
			Body json.RawMessage `json:"body"` // a string when it is no JSON
		}{d, body})
	}

	table := cli.NewTable(e.Streams)
	addDead(table, d)
	table.Flush()

	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "  "); err != nil {
		return fmt.Errorf("showing the body: %w", err)
	}

	return e.Say("%s\n", &pretty)
}
