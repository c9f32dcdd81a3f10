package upstream

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// contentLabel names the call in errors about an artifact's bytes.
const contentLabel = "content"

// Content is a stretch of an artifact's bytes. Its Body must be closed. Reading it
// fails with the errors of a body of Do.
type Content struct {
	Body io.ReadCloser
	// Length is the size of the whole artifact in bytes, -1 where it isn't known.
	Length int64
	// ETag is a strong entity tag with its quotes, or empty.
	ETag string
}

// OpenContent reads length bytes (-1: to the end) of what a signed link leads
// to, from an offset on. No token is sent. ifMatch, when not empty, is an ETag
// that the artifact must still have; if it hasn't, the error is transient with
// status 412. A link that may not be followed is a permanent ForeignLink, and
// one that has expired is transient, because reading the artifact's row again
// gives a new one.
func (c *Client) OpenContent(ctx context.Context, contentURI string, offset, length int64, ifMatch string) (*Content, error) {
	u, err := c.checkContentLink(contentURI)
	if err != nil {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "the link to the artifact's bytes leads to no place that may be called")
	}
	if offset < 0 || length == 0 {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: no such stretch of bytes", contentLabel)
	}
	req, err := newContentRequest(ctx, u, offset, length, ifMatch)
	if err != nil {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "the link to the artifact's bytes can't be called")
	}

	resp, err := send(ctx, c.unauthorized, req, contentLabel) //nolint:bodyclose // the caller closes the content; refusedContent closes others
	if err != nil {
		return nil, err
	}

	return readContent(resp, u, offset, length)
}

func newContentRequest(ctx context.Context, u *url.URL, offset, length int64, ifMatch string) (*policy.Request, error) {
	req, err := runtime.NewRequest(ctx, http.MethodGet, u.String())
	if err != nil {
		return nil, err
	}

	// The stored bytes as they are: net/http would unpack gzip otherwise.
	req.Raw().Header.Set("Accept-Encoding", "identity")

	if span := rangeHeader(offset, length); span != "" {
		req.Raw().Header.Set("Range", span)
	}
	if ifMatch != "" {
		req.Raw().Header.Set("If-Match", ifMatch)
	}

	runtime.SkipBodyDownload(req)

	return req, nil
}

// rangeHeader asks for a stretch. The whole needs none, and an empty blob would
// answer 416 to one.
func rangeHeader(offset, length int64) string {
	switch {
	case length > 0:
		return "bytes=" + strconv.FormatInt(offset, 10) + "-" + strconv.FormatInt(offset+length-1, 10)
	case offset > 0:
		return "bytes=" + strconv.FormatInt(offset, 10) + "-"
	default:
		return ""
	}
}

func readContent(resp *http.Response, u *url.URL, offset, length int64) (*Content, error) {
	content := &Content{Body: resp.Body, Length: -1, ETag: strongETag(resp.Header)}

	start, total := parseContentRange(resp.Header.Get("Content-Range"))
	switch {
	case resp.StatusCode == http.StatusPartialContent && start == offset:
		content.Length = total
	case resp.StatusCode == http.StatusOK && offset == 0:
		content.Length = resp.ContentLength
		if length > 0 { // the range was ignored
			content.Body = readCloser{io.LimitReader(resp.Body, length), resp.Body}
		}
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && offset == 0 && total == 0:
		_ = resp.Body.Close()
		content.Body, content.Length = http.NoBody, 0
	default:
		return nil, refusedContent(resp, u)
	}

	return content, nil
}

// refusedContent is Refused, but transient where the next try may have a newer link or
// read a newer artifact.
func refusedContent(resp *http.Response, u *url.URL) error {
	e := Refused(contentLabel, resp)
	switch {
	case resp.StatusCode == http.StatusPreconditionFailed:
		e.Class, e.Reason, e.Message = dsr.Transient, dsr.ReasonTransient, "the artifact changed while it was read"
	case resp.StatusCode == http.StatusForbidden && linkExpired(u, time.Now()):
		e.Class, e.Reason, e.Message = dsr.Transient, dsr.ReasonTransient, "the link to the artifact's bytes has expired"
	}
	return e
}

func strongETag(h http.Header) string {
	tag := h.Get("ETag")
	if len(tag) < 2 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return ""
	}
	return tag
}

// parseContentRange reads "bytes 0-99/1000" and "bytes */1000". A number that isn't
// there is -1.
func parseContentRange(header string) (start, total int64) {
	span, size, _ := strings.Cut(strings.TrimPrefix(header, "bytes "), "/")
	first, _, _ := strings.Cut(span, "-")
	return number(first), number(size)
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
