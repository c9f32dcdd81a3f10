package azureml

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

const (
	// locksRow names the call in errors and logs. It is no row of the catalogue.
	locksRow = "locks"
	// locksPath and locksVersion are those of ManagementLocks_ListByScope.
	// https://learn.microsoft.com/rest/api/resources/management-locks/list-by-scope
	locksPath    = "/providers/Microsoft.Authorization/locks"
	locksVersion = "2016-09-01"
	// maxLocks bounds what is read of one list.
	maxLocks = 10_000
)

// Locks returns the locks that ARM lists for a scope, which is an ARM id: those on it and
// on what holds it and, with below, those in it. A scope that is not there has none.
func (d *Directory) Locks(ctx context.Context, scope string, below bool) ([]dsr.Lock, error) {
	first, err := d.client.locksURL(scope, below)
	if err != nil {
		return nil, err
	}

	var locks []dsr.Lock
	var walk dsr.Walk
	for next := first; ; {
		page, link, err := d.client.lockPage(ctx, first, next)
		if Gone(err) && next == first {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}

		locks = append(locks, page...)
		if link == "" {
			return locks, nil
		}

		if walk.Returns(link) || len(locks) > maxLocks {
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list does not end", locksRow)
		}
		if next, err = upstream.ResolveLink(first, link); err != nil {
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: the list goes on at another origin", locksRow)
		}
	}
}

func (c *Client) locksURL(scope string, below bool) (*url.URL, error) {
	segments := strings.Split(strings.Trim(scope, "/"), "/")
	for i, s := range segments {
		if s == "" || climbs(s) {
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: the scope is no ARM id", locksRow)
		}
		segments[i] = escapeSegment(s)
	}

	query := ""
	if !below {
		query = "$filter=" + url.QueryEscape("atScope()")
	}
	u, err := url.Parse(c.opts.BaseURLs.ARM + "/" + strings.Join(segments, "/") + locksPath)
	if err != nil {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: the scope makes no URL", locksRow)
	}
	u.RawQuery = addQuery(query, "api-version", locksVersion)

	return u, nil
}

// lockPage reads one page of locks, and returns the link to the next one.
func (c *Client) lockPage(ctx context.Context, first, page *url.URL) ([]dsr.Lock, string, error) {
	resp, err := c.upstream.Do(ctx, upstream.Request{ //nolint:bodyclose // readShort and Refused close it
		Scope:  upstream.Scope{Label: locksRow, Origin: upstream.OriginOf(first), Quota: subscriptionIn(first.Path)},
		Method: http.MethodGet,
		URL:    page.String(),
	})
	if err != nil {
		return nil, "", err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, "", unreadLocks(upstream.Refused(locksRow, resp))
	}

	var list struct {
		Value    *[]lockDocument `json:"value"`
		NextLink string          `json:"nextLink"`
	}
	if err := readShort(resp.Body, &list); err != nil || list.Value == nil {
		if dsr.ClassOf(err) == dsr.Transient {
			return nil, "", err
		}
		return nil, "", dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the answer is no list of locks", locksRow)
	}

	locks := make([]dsr.Lock, 0, len(*list.Value))
	for _, doc := range *list.Value {
		lock, ok := doc.lock()
		if !ok {
			return nil, "", dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: a lock does not say what it is on", locksRow)
		}
		locks = append(locks, lock)
	}

	return locks, list.NextLink, nil
}

// unreadLocks says of an error what it means that locks can't be read.
func unreadLocks(e *dsr.Error) *dsr.Error {
	if e.Reason == dsr.ReasonForbidden {
		upstream.Describe(e, locksRow, "the locks can't be read: give the identity Microsoft.Authorization/locks/read, which Reader has")
	}
	return e
}

// lockDocument is what is read of the document of a lock.
type lockDocument struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Properties struct {
		Level string `json:"level"`
	} `json:"properties"`
}

// lock returns the lock of a document. Its id begins with that of what it is on.
func (d lockDocument) lock() (dsr.Lock, bool) {
	at := strings.LastIndex(strings.ToLower(d.ID), strings.ToLower(locksPath)+"/")
	if at < 0 {
		return dsr.Lock{}, false
	}
	name := d.Name
	if name == "" {
		name = d.ID[at+len(locksPath)+1:]
	}
	return dsr.Lock{Name: name, Level: d.Properties.Level, Scope: d.ID[:at]}, true
}

// subscriptionIn returns the subscription of an ARM path, whose quota a call spends.
func subscriptionIn(path string) string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) < 2 {
		return ""
	}
	return segments[1]
}
