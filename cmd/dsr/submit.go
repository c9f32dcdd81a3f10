package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/dsr"
)

// maxRequest is what a message may hold on every tier of Service Bus.
const maxRequest = 256 << 10

// sender sends messages to a queue.
type sender interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
}

func newSubmitCmd(a *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "submit FILE",
		Short: "Send a request, after checking it",
		Long: `Reads a request in JSON from FILE, or from standard input when FILE is -, checks
it as the worker will, and sends it to the queue dsr-requests. Prints the
request's id and nothing else. A request that is wrong is not sent: every fault
is named, and the exit code is 2.

A request of kind delete is for all that its scope names, with what is of others in
it. With "what": "subject" it is only for what is the subject's own in machine
learning workspaces that others share. Nothing is deleted before ` + "`dsr approve`" + `.`,
		Example: "  dsr submit request.json\n  dsr submit docs/examples/erase-one-person.json\n  id=$(dsr submit - < request.json) && dsr status \"$id\" --watch",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			message, err := readRequest(a, args[0])
			if err != nil {
				return err
			}
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			return sendRequest(cmd.Context(), a, c.Bus, message)
		},
	}
}

// readRequest reads and checks a request and makes the message that sends it.
func readRequest(a *cli, file string) (dsr.Message, error) {
	body, err := readInput(a.In, file)
	if err != nil {
		return dsr.Message{}, err
	}
	validator, err := app.NewValidator()
	if err != nil {
		return dsr.Message{}, err
	}
	p, err := validator.Parse(body, a.now())
	if err != nil {
		return dsr.Message{}, usage(err)
	}
	return dsr.Message{ID: p.ID, Body: body, Properties: map[string]any{dsr.PropRequestID: p.ID}}, nil
}

func readInput(in io.Reader, file string) (body []byte, err error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usage(fmt.Errorf("reading the request: %w", err))
		}
		defer f.Close()
		in = f
	}
	body, err = io.ReadAll(io.LimitReader(in, maxRequest+1))
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	if len(body) > maxRequest {
		return nil, usage(fmt.Errorf("the request is longer than %d bytes, more than a message holds", maxRequest))
	}
	return body, nil
}

func sendRequest(ctx context.Context, a *cli, to sender, m dsr.Message) error {
	if err := to.Send(ctx, dsr.QueueRequests, m); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.Out, m.ID)
	return err
}
