package azureml

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

// Deleted is what the upstream answered to a call that changes something.
type Deleted struct {
	// URL is what was called.
	URL string
	// Status is 200, 201 or 204 when it is done, 404 when there was no such thing, and
	// 202 when it goes on: see Token. It is 0 beside an error without an answer.
	Status int
	// RequestID is the upstream's id of the last try.
	RequestID string
	// At is when the answer arrived, in UTC.
	At time.Time
	// Token is, with a 202, what Await takes; with a 201, where that names an operation.
	// It is empty where the answer has no link to poll: only reading the thing shows then
	// when it is gone.
	Token string
	// Retried reports whether a try of this call may have been carried out although
	// its own answer was lost or a failure. A 404 may then be our own doing. It may
	// also be true beside an error.
	Retried bool
}

// Delete deletes what the row of a call reads. That row must be the Reads of a row of
// DeleteOperations. The call's target must be of its level, and the call of a container
// must name no item.
//
// A DELETE may be repeated, so it is retried as Get is. An error is a *dsr.Error with
// Get's classes. Besides, 409 and 412 are transient with reason Conflict, and the
// caller must bound how often it tries again. What a person has to remove first is
// permanent: Locked, DenyAssignment or DisallowedByPolicy. So is a 404 that does not know
// the subscription or the type. A 202 whose link leads to another origin is a permanent
// ForeignLink, although the upstream has begun.
func (c *Client) Delete(ctx context.Context, call Call) (Deleted, error) {
	_, u, scope, err := c.resolveDeletion(call)
	if err != nil {
		return Deleted{}, err
	}
	return c.change(ctx, upstream.Request{
		Scope:   scope,
		Method:  http.MethodDelete,
		URL:     u.String(),
		IfMatch: call.IfMatch,
	})
}

// DeletionCall returns the call of a row of DeleteOperations, for an item of a target.
// Of a container, the item is the target itself. It fails where there is no such row.
func DeletionCall(id string, t dsr.Target, item string) (Call, error) {
	rows := DeleteOperations()
	i := slices.IndexFunc(rows, func(d DeleteOperation) bool { return d.ID == id })
	if i < 0 {
		return Call{}, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s is no row of deletions", id)
	}

	reads, _ := Find(rows[i].Reads)
	call := Call{Operation: reads, Target: t}
	switch {
	case rows[i].Container:
	case reads.Shape == ItemEntry:
		call.Item, call.Entry, _ = strings.Cut(item, "/")
	default:
		call.Item = item
	}

	return call, nil
}

// DeletionURL returns the URL that Delete would call.
func (c *Client) DeletionURL(call Call) (string, error) {
	_, u, _, err := c.resolveDeletion(call)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// Stop asks the upstream to stop what a call names, since what runs can't be deleted.
// It fails where the row of deletions has no Stop. Its answers are those of Delete.
func (c *Client) Stop(ctx context.Context, call Call) (Deleted, error) {
	d, u, scope, err := c.resolveDeletion(call)
	if err != nil {
		return Deleted{}, err
	}
	if d.Stop == "" {
		return Deleted{}, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: nothing stops it", d.ID)
	}

	stop := *u
	stop.Path, stop.RawPath = u.Path+d.Stop, ""
	if u.RawPath != "" {
		stop.RawPath = u.RawPath + d.Stop
	}

	return c.change(ctx, upstream.Request{Scope: scope, Method: http.MethodPost, URL: stop.String()})
}

// change makes a call that changes something.
func (c *Client) change(ctx context.Context, r upstream.Request) (Deleted, error) {
	id, deleted := r.Label, Deleted{URL: r.URL}
	r.MaybeSent = &deleted.Retried
	start := time.Now()
	resp, err := c.upstream.Do(ctx, r) //nolint:bodyclose // answered closes it
	if err == nil {
		err = c.answered(&deleted, id, resp)
	}
	c.log(ctx, id, time.Since(start), err)
	return deleted, err
}

// resolveDeletion returns the deletion that a call means, its URL, and what the
// policies must know of it.
func (c *Client) resolveDeletion(call Call) (DeleteOperation, *url.URL, upstream.Scope, error) {
	d, err := deletionOf(call)
	if err != nil {
		return d, nil, upstream.Scope{}, err
	}

	call.Operation, _ = Find(cmp.Or(d.By, d.Reads))
	if d.Path != "" {
		call.Operation.Path, call.Operation.Body = d.Path, ""
	}

	u, origin, err := c.resolve(call)
	if err != nil {
		return d, nil, upstream.Scope{}, err
	}

	query := d.Query
	if call.Attached && d.AttachedQuery != "" {
		query = d.AttachedQuery
	}
	if query != "" {
		u.RawQuery = strings.Trim(u.RawQuery+"&"+query, "&")
	}

	return d, u, c.scope(d.ID, call, origin), nil
}

// answered reads an answer into deleted, and closes it. The status of a success says all,
// so a body that breaks off is no error. Of a 404, the code says whether it is the thing
// that is not known.
func (c *Client) answered(deleted *Deleted, id string, resp *http.Response) error {
	deleted.Status, deleted.RequestID, deleted.At = resp.StatusCode, upstream.RequestID(resp.Header), time.Now().UTC()
	links := []string{}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNoContent:
	case http.StatusCreated:
		links = pollLinks[:1] // its Location may be that of a thing
	case http.StatusAccepted:
		links = pollLinks
	case http.StatusNotFound:
		if e := refusedDeletion(id, resp); isBlind(e.Code) {
			return e
		}
		return nil
	default:
		return refusedDeletion(id, resp)
	}

	upstream.Discard(resp)

	token, err := c.beginPoll(id, resp.Request, resp.Header, links)
	if err != nil {
		err.Status, err.UpstreamRequestID = deleted.Status, deleted.RequestID
		return err
	}
	deleted.Token = token

	return nil
}
