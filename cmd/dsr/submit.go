package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
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

A request may name its scope, as DSR_SCOPES does. The names are checked if the
settings here have that; else the worker refuses a name that it doesn't know. A
request without a scope is sent if DSR_DEFAULT_SCOPE is among the settings here.

An export has the documents of everybody in its scope, also where it names a person:
the person's copy is made from it. With "what": "subject" it keeps only what is the
subject's, what hangs on that, and what names the subject; the manifest counts what
it looked through and left out.

A request of kind delete deletes everything in its scope, other people's data
included. With "what": "subject" it deletes only what belongs to the subject, in
machine learning workspaces that several people share. Nothing is deleted before
somebody approves it with ` + "`dsr approve`" + `.`,
		Example: "  dsr submit request.json\n  dsr submit docs/examples/erase-one-person.json\n  id=$(dsr submit - < request.json) && dsr status \"$id\" --watch",
		Args:    cli.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := readRequest(e, configFile(cmd), args[0])
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
	if whose := request.Whose(); whose != "" { // not on Out, where scripts read the id
		_, _ = fmt.Fprintf(e.Err, "Whose: %s.\n", operator.WhoseWords(whose))
	}
	return e.Say("%s\n", request.ID)
}

// readRequest reads and checks a request. settings is a file of settings, "" for none.
func readRequest(e *cli.Env, settings, file string) (operator.Submission, error) {
	body, err := readInput(e.In, file)
	if err != nil {
		return operator.Submission{}, err
	}
	validator, err := app.NewValidator()
	if err != nil {
		return operator.Submission{}, err
	}

	if validator.Scopes, err = scopesHere(e, settings); err != nil {
		return operator.Submission{}, err
	}

	return operator.NewSubmission(validator, body, e.Now())
}

// scopesHere returns the names of scopes that the settings here have. Where there are no
// settings there is no name either, and connecting tells.
func scopesHere(e *cli.Env, file string) (dsr.ScopeNames, error) {
	lookup, _, err := config.Find(e.Lookup, file)
	if _, none := errors.AsType[*config.SourceError](err); none {
		return dsr.ScopeNames{}, nil
	}
	if err != nil {
		return dsr.ScopeNames{}, err
	}
	return config.LoadScopes(lookup)
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
