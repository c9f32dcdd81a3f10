package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newSubmitCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "submit FILE",
		Short: "Send a request, after checking it",
		Long: `Reads a request in JSON from FILE, or from standard input when FILE is -. It checks
the request as the worker will and sends it to the queue dsr-requests. It prints the
request's id and nothing else. A request with faults is not sent: each fault is
named, and the exit code is 2.

A request of kind delete deletes everything in its scope, other people's data
included. With "what": "subject" it deletes only what belongs to the subject, in
machine learning workspaces that several people share. Nothing is deleted before
somebody approves it with ` + "`dsr approve`" + `.`,
		Example: "  dsr submit request.json\n  dsr submit docs/examples/erase-one-person.json\n  id=$(dsr submit - < request.json) && dsr status \"$id\" --watch",
		Args:    cli.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := readRequest(e, args[0])
			if err != nil {
				return err
			}

			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runSubmit(cmd.Context(), e, o, request, asJSON)
			})
		},
	}

	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of the id alone")
	return cmd
}

func runSubmit(ctx context.Context, e *cli.Env, o *operator.Operator, request operator.Submission, asJSON bool) error {
	if err := o.Submit(ctx, request); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(request)
	}
	return e.Say("%s\n", request.ID)
}

// readRequest reads and checks a request.
func readRequest(e *cli.Env, file string) (operator.Submission, error) {
	body, err := readInput(e.In, file)
	if err != nil {
		return operator.Submission{}, err
	}
	validator, err := app.NewValidator()
	if err != nil {
		return operator.Submission{}, err
	}

	return operator.NewSubmission(validator, body, e.Now())
}

// readInput reads a file, or in when the file is "-". It stops one byte after the longest
// request.
func readInput(in io.Reader, file string) (body []byte, err error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, cli.Usage(fmt.Errorf("reading the request: %w", err))
		}
		defer f.Close()
		in = f
	}

	body, err = io.ReadAll(io.LimitReader(in, operator.MaxRequest+1))
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}

	return body, nil
}
