package handlers

import (
	"context"

	"azureml-dsr/internal/customhandler"
)

// DSRWatch wakes each open attempt, and removes what has expired.
func (f Functions) DSRWatch(ctx context.Context, _ customhandler.Timer) error {
	return f.Watch.Run(ctx)
}
