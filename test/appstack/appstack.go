// Package appstack runs this project's own app on the stack of stand-ins: packaged
// as for Azure around a binary that is built already, with the app's own queues.
package appstack

import (
	"context"
	"slices"
	"strings"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/funcapp"
	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/stack"
)

// Start packages the app into opts.AppDir around the handler's binary, and starts
// the stack that opts describes. The queues are the app's, and those of opts, which
// replace the app's of the same name.
func Start(ctx context.Context, binary string, opts stack.Options) (*stack.Stack, error) {
	err := funcapp.WriteFolder(opts.AppDir, func(to string) error { return funcapp.CopyBinary(binary, to) })
	if err != nil {
		return nil, err
	}
	queues, err := Queues()
	if err != nil {
		return nil, err
	}
	isReplaced := func(app servicebus.QueueConfig) bool {
		return slices.ContainsFunc(opts.Queues.Queues, func(q servicebus.QueueConfig) bool { return strings.EqualFold(q.Name, app.Name) })
	}
	opts.Queues.Queues = append(slices.DeleteFunc(queues, isReplaced), opts.Queues.Queues...)

	return stack.Start(ctx, opts)
}

// Queues returns the app's queues.
func Queues() ([]servicebus.QueueConfig, error) {
	c, err := servicebus.ParseConfig(strings.NewReader(azuremldsr.QueuesJSON))
	return c.Queues, err
}

// Connect connects to the queues and blobs of a running stack, past what stands
// before its storage. Close the connections before the stack stops.
func Connect(s *stack.Stack) (*config.Connections, error) {
	settings := Settings(s)
	if direct := s.DirectStorage(); direct != "" {
		settings[config.StorageSetting] = direct
	}
	stores, err := config.LoadStores(config.FromMap(settings))
	if err != nil {
		return nil, err
	}
	return stores.Dial(nil)
}

// Settings returns the handlers' settings by name.
func Settings(s *stack.Stack) map[string]string {
	values := map[string]string{}
	for _, pair := range s.Env() {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return values
}
