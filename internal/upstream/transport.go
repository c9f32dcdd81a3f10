package upstream

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// maxErrorBody is how much of an error's body is read, in bytes. azcore reads
// such bodies whole, so they are cut below it.
const maxErrorBody = 64 << 10

// transport returns what sends a pipeline's requests. Each pipeline has its own,
// so that no connection carries both a token and signed links.
func (c *Client) transport() policy.Transporter {
	switch t := c.opts.Transport.(type) {
	case nil:
		client := &http.Client{Transport: newTransport(), CheckRedirect: noRedirect}
		c.idle = append(c.idle, client)
		return boundedErrors{client}
	case *http.Client:
		client := *t
		client.CheckRedirect = noRedirect
		return boundedErrors{&client}
	default:
		return boundedErrors{t}
	}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true,
		// A dead HTTP/2 connection would take every retry down with it.
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
	}
}

// boundedErrors cuts the body of every answer that is no success.
type boundedErrors struct{ next policy.Transporter }

func (b boundedErrors) Do(req *http.Request) (*http.Response, error) {
	resp, err := b.next.Do(req)
	if err == nil && resp != nil && resp.StatusCode >= http.StatusMultipleChoices {
		resp.Body = readCloser{io.LimitReader(resp.Body, maxErrorBody), resp.Body}
	}
	return resp, err
}

type readCloser struct {
	io.Reader
	io.Closer
}
