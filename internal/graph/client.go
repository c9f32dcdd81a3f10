// Package graph finds people in a directory of Microsoft Entra by their addresses, through
// Microsoft Graph. What it is told it checks: an answer about somebody else is no answer.
package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

// label names the calls in errors, which have no address.
const label = "looking the subject up in the directory"

// Options configure a Client. BaseURL, Audience and Credential are required.
type Options struct {
	// BaseURL is that of Microsoft Graph, without a version.
	BaseURL string
	// Audience is the scope of the token.
	Audience string
	// Credential returns the bearer tokens.
	Credential azcore.TokenCredential
	// Module and Version name the caller in every request's User-Agent.
	Module, Version string
	// Transport sends the requests. Default: one of the client's own.
	Transport policy.Transporter
}

// Client asks Microsoft Graph. It is safe for concurrent use.
type Client struct {
	base     string
	origin   string
	upstream *upstream.Client
}

// New returns a Client. It sends nothing.
func New(opts Options) (*Client, error) {
	base := strings.TrimRight(opts.BaseURL, "/")
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil, errors.New("graph: want a base URL like https://graph.microsoft.com")
	}

	up, err := upstream.New(upstream.Options{
		Module:     opts.Module,
		Version:    opts.Version,
		Credential: opts.Credential,
		Audience:   opts.Audience,
		PlainHTTP:  u.Scheme == "http" && upstream.IsLoopback(u.Hostname()),
		Transport:  opts.Transport,
	})
	if err != nil {
		return nil, err
	}

	return &Client{base: base, origin: upstream.OriginOf(u), upstream: up}, nil
}

// Close closes the idle connections.
func (c *Client) Close() { c.upstream.Close() }

// From returns the address that is asked.
func (c *Client) From() string { return c.base }

// Find returns the people of the directory who have an address as their user principal name
// or as their mail. The error is a *dsr.Error.
func (c *Client) Find(ctx context.Context, address string) ([]dsr.DirectoryMatch, error) {
	var found []dsr.DirectoryMatch
	if mayBePrincipalName(address) {
		match, ok, err := c.byPrincipalName(ctx, address)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, match)
		}
	}

	byMail, err := c.byMail(ctx, address)
	return append(found, byMail...), err
}

// Try asks for one person, whoever that is, and so whether the identity may read people.
func (c *Client) Try(ctx context.Context) error {
	_, _, err := c.get(ctx, "/v1.0/users?$select=id&$top=1")
	return err
}

// byPrincipalName asks for the user of a name.
func (c *Client) byPrincipalName(ctx context.Context, name string) (match dsr.DirectoryMatch, found bool, err error) {
	body, found, err := c.get(ctx, "/v1.0/users/"+url.PathEscape(name)+"?"+selected)
	if err != nil || !found {
		return match, false, err
	}
	match, err = matchOf(body, attributeName, name)
	return match, err == nil, err
}

// byMail asks for the users of a mail address.
func (c *Client) byMail(ctx context.Context, address string) ([]dsr.DirectoryMatch, error) {
	filter := attributeMail + " eq '" + strings.ReplaceAll(address, "'", "''") + "'"
	query := strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
	body, found, err := c.get(ctx, "/v1.0/users?$filter="+query+"&"+selected)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, malformed("a list is answered with 404")
	}
	return matchesOf(body, attributeMail, address)
}

// get returns the body of an answer, and false where nobody is there.
func (c *Client) get(ctx context.Context, pathAndQuery string) (body []byte, found bool, err error) {
	resp, err := c.upstream.Do(ctx, upstream.Request{
		Scope:  upstream.Scope{Label: label, Origin: c.origin, Quota: "graph"},
		Method: http.MethodGet,
		URL:    c.base + pathAndQuery,
	})
	if err != nil {
		return nil, false, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, false, refused(resp)
	}
	defer resp.Body.Close()

	body, err = readBounded(resp.Body)
	return body, err == nil, err
}

// refused returns the error of an answer that is not 200, nil for one that says that there
// is no such person.
func refused(resp *http.Response) error {
	e := upstream.Refused(label, resp)
	switch {
	case e.Status == http.StatusNotFound && saysNobody(e.Code):
		return nil
	case e.Status == http.StatusNotFound:
		return malformed("a 404 without Microsoft Graph's code")
	case e.Status == http.StatusForbidden:
		// It passes when the permission is given, and the request waits for that.
		e.Class = dsr.Transient
		e.Message += ": give the worker's identity the application permission User.Read.All of Microsoft Graph, or set DIRECTORY_LOOKUP to off"
	}
	return e
}

// saysNobody reports whether a code of a 404 says that the directory has no such person,
// rather than that the address is no service's.
func saysNobody(code string) bool {
	return code == "Request_ResourceNotFound" || code == "ResourceNotFound"
}
