package azureml

import (
	"net/url"
	"regexp"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

// Call is one use of a row.
type Call struct {
	// Operation is the row.
	Operation Operation
	// Target is where the call is made. Its location chooses the origin of a regional
	// plane.
	Target dsr.Target
	// Item and Entry name what a row that hangs on another is called for.
	Item, Entry string
	// Attached reports whether a compute that is to be deleted is only attached.
	Attached bool
	// ObjectID is the subject's directory object id, for the rows of one person.
	ObjectID string
	// Cursor is a Listing's Next; empty reads the first page.
	Cursor string
}

// objectIDMark stands in a path for the subject's directory object id.
const objectIDMark = "{objectId}"

var placeholder = regexp.MustCompile(`\{[A-Za-z]+(?:\.\.\.)?\}`)

// URL returns the exact URL that Get would call. Its origin comes from the
// settings and the target's location alone, its path from the row. A call that
// can't be made is a permanent dsr.Error.
func (c *Client) URL(call Call) (string, error) {
	u, _, err := c.resolve(call)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// resolve returns the URL of a call, and the origin that the call may go to. That is
// the first page's, so no cursor can change it.
func (c *Client) resolve(call Call) (u *url.URL, origin string, err error) {
	first, err := c.firstPage(call)
	if err != nil {
		return nil, "", err
	}

	origin = upstream.OriginOf(first)
	if call.Cursor == "" {
		return first, origin, nil
	}
	if !call.Operation.HasPages() {
		return nil, "", dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s is no list and has no cursor", call.Operation.ID)
	}

	next, err := follow(first, call)
	return next, origin, err
}

// base returns the base URL of the plane that answers a call.
func (c *Client) base(call Call) (string, error) {
	op := call.Operation
	switch op.Plane {
	case ARM:
		return c.opts.BaseURLs.ARM, nil
	case MLWorkspace:
		if call.Target.API == "" {
			return "", dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "%s: the address of the workspace's data plane is not known", op.ID)
		}
		if !c.isDataPlane(call.Target.API) {
			return "", dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: the workspace's data plane is at no address of this cloud", op.ID)
		}
		return call.Target.API, nil
	}

	if !dsr.ValidLocation(call.Target.Location) {
		return "", dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "%s: the target's location is not the name of a region", op.ID)
	}

	return strings.ReplaceAll(c.opts.BaseURLs.of(op.Plane), locationMark, call.Target.Location), nil
}

// firstPage expands the row's template below its plane's base URL.
func (c *Client) firstPage(call Call) (*url.URL, error) {
	op := call.Operation
	base, err := c.base(call)
	if err != nil {
		return nil, err
	}

	path, query, _ := strings.Cut(op.Path, "?")
	path, err = expand(op.ID, path, call, escapeSegment, escapePath)
	if err != nil {
		return nil, err
	}
	query, err = expand(op.ID, query, call, url.QueryEscape, url.QueryEscape)
	if err != nil {
		return nil, err
	}

	if version := c.version(op); version != "" {
		query = addQuery(query, "api-version", version)
	}

	u, err := url.Parse(base + path)
	if err != nil {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: its path makes no URL", op.ID)
	}
	u.RawQuery = query

	return u, nil
}

// version returns the row's api-version, as the settings have it.
func (c *Client) version(op Operation) string {
	if op.APIVersion == MachineLearningVersion && c.opts.MachineLearningVersion != "" {
		return c.opts.MachineLearningVersion
	}
	return op.APIVersion
}

// expand fills in a template. An empty name would turn an item's URL into its
// list's, so it is refused.
func expand(id, template string, call Call, segment, path func(string) string) (string, error) {
	t := call.Target
	values := map[string]string{
		"{subscriptionId}": segment(t.SubscriptionID),
		"{resourceGroup}":  segment(t.ResourceGroup),
		"{account}":        segment(t.Account),
		"{workspace}":      segment(t.Workspace),
		"{project}":        segment(t.Project),
		"{name}":           segment(t.Name),
		"{item}":           segment(call.Item),
		"{entry}":          segment(call.Entry),
		"{entry...}":       path(call.Entry),
		objectIDMark:       segment(call.ObjectID),
	}

	var missing string
	out := placeholder.ReplaceAllStringFunc(template, func(name string) string {
		if values[name] == "" {
			missing = name
		}
		return values[name]
	})

	if missing != "" {
		return "", dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "%s needs a name for %s", id, missing)
	}

	return out, nil
}

// escapeSegment escapes any text into one path segment. It escapes "." and ".." too,
// since proxies and clients would clean them away and the call would go elsewhere, and
// the plus sign, which some servers read as a blank.
func escapeSegment(s string) string {
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return strings.ReplaceAll(url.PathEscape(s), "+", "%2B")
}

// escapePath escapes each segment of a path, and keeps the slashes between them.
func escapePath(s string) string {
	segments := strings.Split(s, "/")
	for i, segment := range segments {
		segments[i] = escapeSegment(segment)
	}
	return strings.Join(segments, "/")
}

func addQuery(query, name, value string) string {
	if query != "" {
		query += "&"
	}
	return query + url.QueryEscape(name) + "=" + url.QueryEscape(value)
}
