package archive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/retryafter"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
)

// classify turns an error of the store into one of this package or a *dsr.Error. No class
// is permanent, because a role that is missing now must not fail a person's data for ever.
// It drops the library's texts, because they quote URLs with their signatures.
func classify(ctx context.Context, doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}

	resp, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		return &dsr.Error{
			Class:   dsr.Transient,
			Reason:  dsr.ReasonTransient,
			Message: "storage gave no answer, " + doing,
			Err:     networkCause(err),
		}
	}

	switch {
	case resp.StatusCode == http.StatusPreconditionFailed:
		return fmt.Errorf("%s: %w", doing, ErrChanged)
	case isRefusedCreate(resp):
		return fmt.Errorf("%s: %w", doing, ErrExists)
	case isMissing(resp):
		return fmt.Errorf("%s: %w", doing, ErrNotFound)
	}

	out := &dsr.Error{
		Class:   dsr.Transient,
		Reason:  dsr.ReasonTransient,
		Message: fmt.Sprintf("storage answered %d %s, %s", resp.StatusCode, resp.ErrorCode, doing),
		Status:  resp.StatusCode,
		Code:    resp.ErrorCode,
	}
	if code := bloberror.Code(resp.ErrorCode); code == bloberror.BlobArchived || code == bloberror.BlobBeingRehydrated {
		out.Message += ": it is in the archive tier, and must be moved to another before it can be read"
	}
	if resp.RawResponse == nil {
		return out
	}

	out.UpstreamRequestID = resp.RawResponse.Header.Get("x-ms-request-id")
	pause, asked := retryafter.Read(resp.RawResponse.Header, time.Now())
	if resp.StatusCode == http.StatusTooManyRequests || (resp.StatusCode == http.StatusServiceUnavailable && asked) {
		out.Class, out.Reason, out.RetryAfter = dsr.Throttled, dsr.ReasonThrottled, pause
	}

	return out
}

// isRefusedCreate reports whether an answer to a create-only write means that the blob may
// exist. InvalidBlockList is among them: the commit of a concurrent delivery drops the
// blocks of all others. Any other 4xx is a failure.
func isRefusedCreate(resp *azcore.ResponseError) bool {
	if resp.StatusCode < 400 || resp.StatusCode > 499 {
		return false
	}
	switch bloberror.Code(resp.ErrorCode) {
	case bloberror.BlobAlreadyExists, bloberror.BlobImmutableDueToPolicy,
		bloberror.InvalidBlockList, bloberror.UnauthorizedBlobOverwrite:
		return true
	}
	return false
}

// isMissing reports whether an answer means that the blob does not exist. A missing
// container is a fault of the setup and does not count.
func isMissing(resp *azcore.ResponseError) bool {
	if resp.StatusCode != http.StatusNotFound {
		return false
	}
	code := bloberror.Code(resp.ErrorCode)
	return code == bloberror.BlobNotFound || code == bloberror.ResourceNotFound || code == ""
}

// networkCause returns the cause of an error without the URL. The time limit of a single
// try must not look like the caller's deadline.
func networkCause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.New("a try took too long")
	}
	return err
}
