package upstream

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// prefetchSize is how many bytes of a body are read inside the retry. Nearly every
// document is shorter; the rest of lists and large documents is streamed.
const prefetchSize = 64 << 10

// prefetchPolicy reads the beginning of a 200's body, so that an answer that breaks off
// there is retried like a connection that failed. A body that ends there gives its slot
// back before the caller has read it. The answer to a DELETE passes as it is: its
// status says all, and a body that breaks off is no reason to send it again.
type prefetchPolicy struct{}

func (prefetchPolicy) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode != http.StatusOK || req.Raw().Method == http.MethodDelete {
		return resp, err
	}

	head := bytes.NewBuffer(make([]byte, 0, headRoom(resp.ContentLength)))
	switch _, err := io.CopyN(head, resp.Body, prefetchSize); {
	case err == nil:
		resp.Body = readCloser{io.MultiReader(head, resp.Body), resp.Body}
	case errors.Is(err, io.EOF):
		_ = resp.Body.Close() // read to its end: nothing can be lost
		resp.ContentLength = int64(head.Len())
		resp.Body = held{head}
	default:
		_ = resp.Body.Close()
		return nil, err
	}

	return resp, nil
}

// held is a body that is in memory.
type held struct{ *bytes.Buffer }

// Close implements io.Closer.
func (held) Close() error { return nil }

// HeldBody returns the unread bytes of a body that is in memory, and nil for any other.
func HeldBody(body io.Reader) []byte {
	if h, ok := body.(held); ok {
		return h.Bytes()
	}
	return nil
}

// headRoom returns how large a buffer is, in bytes, that a body of a length is read
// into without its growing; -1 is a length that is not told.
func headRoom(length int64) int64 {
	const untold = 4 << 10
	if length < 0 {
		return untold
	}
	return min(length, prefetchSize) + bytes.MinRead
}
