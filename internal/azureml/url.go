package azureml

import (
	"net/url"
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
	// IfMatch is the entity tag that a thing must still have to be deleted; "" deletes
	// whatever there is.
	IfMatch string
	// ObjectID is the subject's directory object id, for the rows of one person.
	ObjectID string
	// Cursor is a Listing's Next; empty reads the first page.
	Cursor string
}

// objectIDMark stands in a path for the subject's directory object id.
const objectIDMark = "{objectId}"

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

// version returns the row's api-version, as the settings have it. Versions begin with
// their dates, so the newer of two comes later in the order of texts.
func (c *Client) version(op Operation) string {
	if op.APIVersion == MachineLearningVersion && c.opts.MachineLearningVersion != "" {
		return max(c.opts.MachineLearningVersion, op.Since)
	}
	return op.APIVersion
}

// expand fills in a template. An empty name would turn an item's URL into its
// list's, so it is refused.
func expand(id, template string, call Call, segment, path func(string) string) (string, error) {
	var out strings.Builder
	rest := template
	for {
		before, after, found := strings.Cut(rest, "{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}

		name, after, _ := strings.Cut(after, "}")
		value, escape := call.value(name), segment
		if name == entryPath {
			escape = path
		}
		if value == "" {
			return "", dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "%s needs a name for {%s}", id, name)
		}

		out.WriteString(escape(value))
		rest = after
	}
}

// entryPath is the placeholder of an entry whose slashes part segments.
const entryPath = "entry..."

// value returns what stands for a placeholder of a template; "" where the call names
// nothing for it.
func (c Call) value(placeholder string) string {
	switch placeholder {
	case "subscriptionId":
		return c.Target.SubscriptionID
	case "resourceGroup":
		return c.Target.ResourceGroup
	case "account":
		return c.Target.Account
	case "workspace":
		return c.Target.Workspace
	case "project":
		return c.Target.Project
	case "name":
		return c.Target.Name
	case "item":
		return c.Item
	case "entry", entryPath:
		return c.Entry
	case "objectId":
		return c.ObjectID
	default:
		return ""
	}
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
