package callback

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/retryafter"
	"azureml-dsr/internal/webhook"
)

// call is what is sent to a receiver.
type call struct {
	url, host string
	header    http.Header
	body      []byte
}

// newCall returns the signed call that tells a callback of an event. A host that may not be
// called any more is an error of class Permanent.
func (d *Deliverer) newCall(e dsr.Event, request dsr.RequestRecord, c dsr.Callback) (call, error) {
	u, err := d.Hosts.check(c.URL)
	if err != nil {
		return call{}, notAllowed("its url: %s", err)
	}

	out := call{url: c.URL, host: plainName(u.Hostname()), header: http.Header{}}
	if c.Format == dsr.FormatOpenDSR {
		return d.signOpenDSR(out, e, request)
	}

	out.header.Set("Content-Type", mediaCloudEvents)
	if out.body, err = d.cloudEventBody(e); err != nil {
		return out, fmt.Errorf("encoding a change of %s: %w", e.RequestID, err)
	}
	d.secretsOf(out.host, hostPort(u)).Sign(out.header, e.ID(), d.Now(), out.body)

	return out, nil
}

func (d *Deliverer) signOpenDSR(out call, e dsr.Event, request dsr.RequestRecord) (call, error) {
	if d.Signer == nil {
		return out, notAllowed("nothing can be signed for OpenDSR here; set DSR_DOMAIN, DSR_SIGNING_KEY and DSR_SIGNING_CERTIFICATE")
	}

	var err error
	if out.body, err = d.openDSRBody(e, request, out.url); err != nil {
		return out, fmt.Errorf("encoding a change of %s: %w", e.RequestID, err)
	}
	out.header.Set("Content-Type", mediaOpenDSR)
	webhook.Secrets(nil).Sign(out.header, e.ID(), d.Now(), nil) // the same id at each try

	return out, d.Signer.Sign(out.header, out.body)
}

// secretsOf returns the secrets of a receiver, of its host and port first.
func (d *Deliverer) secretsOf(host, hostPort string) webhook.Secrets {
	if s, ok := d.Secrets[hostPort]; ok {
		return s
	}
	return d.Secrets[host]
}

func notAllowed(format string, args ...any) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonCallbackNotAllowed, "a callback is not called: "+format, args...)
}

// answer is what came of a call.
type answer struct {
	status int           // 0: there was no answer
	pause  time.Duration // that the receiver asks for
	asked  bool          // whether it asks for one
	why    string        // for people, when it is no success
}

// throttled reports whether the receiver asks to come back later.
func (a answer) throttled() bool {
	return a.asked && (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable)
}

// send calls a receiver. Of its answer only the status and a pause count.
func (d *Deliverer) send(ctx context.Context, c call) answer {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return answer{why: "its URL can't be asked"}
	}

	req.Header = c.header
	req.Header.Set("User-Agent", d.Agent)
	resp, err := d.Client.Do(req)
	if err != nil {
		return answer{why: describe(err)}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // what is longer, or breaks off, changes nothing

	a := answer{status: resp.StatusCode, why: fmt.Sprintf("it answered %d", resp.StatusCode)}
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
		a.pause, a.asked = retryafter.Read(resp.Header, d.Now())
	}
	if a.status >= 300 && a.status < 400 {
		a.why += "; redirects are not followed"
	}

	return a
}
