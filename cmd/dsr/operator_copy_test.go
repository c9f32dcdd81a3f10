package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"azureml-dsr/internal/delivery"
)

// stageMade is `made ID`: the worker makes the copy that was ordered last of a request.
func stageMade(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 1)
	ctx := context.Background()
	c, found, err := s.Ledger.LatestCopy(ctx, args[0])
	ts.Check(err)
	if !found {
		ts.Fatalf("nobody has ordered a copy of %s", args[0])
	}
	message, err := c.Name().Message(time.Time{})
	ts.Check(err)

	maker := &delivery.Maker{
		Ledger: s.Ledger,
		Queue:  s.Bus,
		Keep:   7 * 24 * time.Hour,
		Worker: "1.0.0",
		Now:    func() time.Time { return operatorNow },
		Logger: slog.New(slog.DiscardHandler),
	}
	ts.Check(maker.Accept(ctx, message.Body))
}
