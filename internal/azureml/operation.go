package azureml

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/retryafter"
	"azureml-dsr/internal/upstream"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// maxToken bounds a resume token, in bytes. It holds the call's URL and the
// operation's.
const maxToken = 16 << 10

// operationLinks are the headers of a 202 that say where to ask, in the order
// of ARM's asynchronous operations: the status is surer than the result.
// https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/async-api-reference.md
var operationLinks = []string{"Azure-AsyncOperation", "Location"}

// removed is what a finished deletion gives: nothing, whatever its last answer
// holds. Its name is part of azcore's resume tokens.
type removed struct{}

// UnmarshalJSON takes anything.
func (*removed) UnmarshalJSON([]byte) error { return nil }

// operation is a deletion that the upstream works at.
type operation struct {
	id     string // the row's, for errors
	poller *runtime.Poller[removed]
	// token leads back here.
	token string
	// notBefore is when the upstream wants to be asked again; zero: at once.
	notBefore time.Time
}

// resumeToken is an operation at rest.
type resumeToken struct {
	NotBefore time.Time       `json:"notBefore,omitzero"`
	Poller    json.RawMessage `json:"poller"` // azcore's own token
}

// ResumeAt says when a token may be used at the earliest, which is when to
// send what carries it; zero for at once. Await waits for it where it must.
func ResumeAt(token string) time.Time {
	t, err := readToken(token)
	if err != nil {
		return time.Time{}
	}
	return t.NotBefore
}

// accepted gives the token for the answer that began an operation. azcore is
// shown the one link that counts, made absolute: it takes no relative one, and
// what it doesn't call need not travel.
func (c *Client) accepted(id string, req *http.Request, header http.Header) (string, *dsr.Error) {
	for _, name := range operationLinks {
		link := header.Get(name)
		if link == "" {
			continue
		}
		u, err := upstream.ResolveLink(req.URL, link)
		if err != nil {
			return "", dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: the deletion has begun, but the link to its state leads away from its origin", id)
		}
		u.RawQuery = upstream.EscapeQuery(u.RawQuery)
		shown := &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: http.NoBody, Request: req}
		shown.Header.Set(name, u.String())
		poller, err := runtime.NewPoller[removed](shown, c.upstream.Poller(), nil)
		if err != nil {
			return "", dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the deletion has begun, but the link to its state can't be used", id)
		}
		o := &operation{id: id, poller: poller}
		pause, _ := retryafter.Read(header, time.Now())
		if err := o.rest(pause); err != nil {
			return "", err
		}
		return o.token, nil
	}
	return "", nil
}

// rest makes the operation's token anew, for when a pause is over.
func (o *operation) rest(pause time.Duration) *dsr.Error {
	o.notBefore = time.Time{}
	if pause > 0 {
		o.notBefore = time.Now().Add(pause).UTC()
	}
	inner, err := o.poller.ResumeToken()
	text, broken := json.Marshal(resumeToken{NotBefore: o.notBefore, Poller: json.RawMessage(inner)})
	if err != nil || broken != nil || len(text) > maxToken {
		return unknownState(o.id)
	}
	o.token = string(text)
	return nil
}

// resume wakes the operation of a token. Tokens travel in messages and records,
// so one may be forged; wherever it leads, the origin policy stands before it.
func (c *Client) resume(id, token string) (*operation, error) {
	unusable := dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: the resume token can't be used", id)
	t, err := readToken(token)
	if err != nil || time.Until(t.NotBefore) > 2*retryafter.Longest { // clocks differ
		return nil, unusable
	}
	poller, err := runtime.NewPollerFromResumeToken[removed](string(t.Poller), c.upstream.Poller(), nil)
	// azcore makes no token of an operation that has ended, and falls over one.
	if err != nil || poller.Done() {
		return nil, unusable
	}
	return &operation{id: id, poller: poller, token: token, notBefore: t.NotBefore}, nil
}

func readToken(token string) (t resumeToken, err error) {
	if len(token) > maxToken {
		return t, errors.New("too long for a resume token")
	}
	err = json.Unmarshal([]byte(token), &t)
	return t, err
}

func unknownState(id string) *dsr.Error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the answer about the deletion's state can't be used", id)
}
