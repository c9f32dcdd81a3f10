package azureml

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/retryafter"
	"azureml-dsr/internal/upstream"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// pollLinks are the headers of a 202 that say where to poll. As ARM has it, the link to
// the operation's status goes before the one to its result.
// https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/async-api-reference.md
var pollLinks = []string{"Azure-AsyncOperation", "Location"}

// removed is the result of a deletion: nothing, whatever its last answer holds. The
// name of the type is part of azcore's resume tokens.
type removed struct{}

// UnmarshalJSON accepts any JSON.
func (*removed) UnmarshalJSON([]byte) error { return nil }

// deletionPoll polls a deletion that is under way.
type deletionPoll struct {
	id     string // the row's, for errors
	poller *runtime.Poller[removed]
	// token is what resumePoll makes an equal poll from.
	token string
	// notBefore is when the upstream wants to be polled next; zero is at once.
	notBefore time.Time
	// until is when the upstream wants to have ended; zero where it says no time.
	until time.Time
}

// beginPoll returns the token for the answer that began a deletion, or "" where the
// answer has none of the links to poll. azcore gets only the link that counts, made
// absolute: it takes no relative one, and puts every link into its token.
func (c *Client) beginPoll(id string, req *http.Request, header http.Header, links []string) (string, *dsr.Error) {
	for _, name := range links {
		link := header.Get(name)
		if link == "" {
			continue
		}

		u, err := upstream.ResolveLink(req.URL, link)
		if err != nil {
			return "", dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: the deletion has begun, but the link to its state leads away from its origin", id)
		}

		u.RawQuery = upstream.EscapeQuery(u.RawQuery)
		shown := &http.Response{
			StatusCode: http.StatusAccepted,
			Header:     http.Header{},
			Body:       http.NoBody,
			Request:    req,
		}
		shown.Header.Set(name, u.String())

		poller, err := runtime.NewPoller[removed](shown, c.upstream.Poller(), nil)
		if err != nil {
			return "", dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the deletion has begun, but the link to its state can't be used", id)
		}

		p := &deletionPoll{id: id, poller: poller, until: operationEnd(header, time.Now())}
		pause, _ := retryafter.Read(header, time.Now())
		if err := p.pause(pause); err != nil {
			return "", err
		}

		return p.token, nil
	}
	return "", nil
}

// resumePoll returns the poll of a token. Tokens travel in messages and records, so one
// may be forged. The origin policy stops what leads to another origin.
func (c *Client) resumePoll(id, token string) (*deletionPoll, error) {
	unusable := dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: the resume token can't be used", id)
	t, err := readToken(token)
	if err != nil || time.Until(t.NotBefore) > 2*retryafter.Longest { // clocks differ
		return nil, unusable
	}

	poller, err := runtime.NewPollerFromResumeToken[removed](string(t.Poller), c.upstream.Poller(), nil)
	// azcore makes no token of an operation that has ended, and can't resume from one.
	if err != nil || poller.Done() {
		return nil, unusable
	}

	return &deletionPoll{
		id:        id,
		poller:    poller,
		token:     token,
		notBefore: t.NotBefore,
		until:     t.Until,
	}, nil
}

// ask polls once, and sets when to poll next: after the pause that the answer asks for,
// or else after the given one.
func (p *deletionPoll) ask(ctx context.Context, pause time.Duration) (done bool, err error) {
	resp, err := p.poller.Poll(ctx) //nolint:bodyclose // pollPolicy has closed it
	if err != nil {
		return false, failedPoll(p.id, err)
	}
	if p.poller.Done() {
		if _, err := p.poller.Result(ctx); err != nil {
			return false, failedPoll(p.id, err)
		}
		return true, nil
	}
	if resp.StatusCode >= http.StatusBadRequest { // azcore would go on after these
		return false, refusedDeletion(p.id, resp)
	}

	if asked, _ := retryafter.Read(resp.Header, time.Now()); asked > 0 {
		pause = max(asked, shortestPause)
	}
	if err := p.pause(pause); err != nil {
		return false, err
	}

	return false, nil
}

// pause sets when to poll next, and makes the token for that.
func (p *deletionPoll) pause(pause time.Duration) *dsr.Error {
	p.notBefore = time.Time{}
	if pause > 0 {
		p.notBefore = time.Now().Add(pause).UTC()
	}

	inner, err := p.poller.ResumeToken()
	text, broken := json.Marshal(resumeToken{NotBefore: p.notBefore, Until: p.until, Poller: json.RawMessage(inner)})
	if err != nil || broken != nil || len(text) > maxToken {
		return unknownState(p.id)
	}
	p.token = string(text)
	return nil
}

// failedPoll classifies an error of azcore's poller. That may be the pipeline's own
// error, a refused call, an answer that can't be read, or a deletion that failed, which
// an answer with a status of success reports.
func failedPoll(id string, err error) *dsr.Error {
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		return e
	}
	refused, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		return unknownState(id)
	}

	if refused.RawResponse.StatusCode < http.StatusMultipleChoices {
		return failedOperation(id, refused.RawResponse)
	}

	return refusedDeletion(id, refused.RawResponse)
}

// failedOperation returns the error of a deletion that began and failed, as an answer with
// a status of success says.
func failedOperation(id string, resp *http.Response) *dsr.Error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // pollPolicy has read it
	_ = resp.Body.Close()

	e := &dsr.Error{
		Class:             dsr.Permanent,
		Reason:            dsr.ReasonRefused,
		Status:            resp.StatusCode,
		Code:              upstream.ErrorCode(bytes.NewReader(text)),
		UpstreamRequestID: upstream.RequestID(resp.Header),
	}
	if obstructed(e, id, text) {
		return e
	}

	e.Message = id + ": the deletion began and failed"
	if e.Code != "" {
		e.Message += " (code " + e.Code + ")"
	}

	return e
}

func unknownState(id string) *dsr.Error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the answer about the deletion's state can't be used", id)
}
