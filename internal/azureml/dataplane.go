package azureml

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

// maxDiscovery is how many bytes are read of a workspace's document, and of a discovery
// service's answer.
const maxDiscovery = 1 << 20

// dataPlane returns the base URL of a workspace's data plane. The workspace's document
// names a discovery service, which needs no token and answers with the addresses of
// services. An address outside the cloud is ForeignLink.
func (c *Client) dataPlane(ctx context.Context, t dsr.Target) (string, error) {
	row := DocumentRow(dsr.MachineLearningWorkspace)
	t.Level, t.Name = dsr.MachineLearningWorkspace, ""
	answer, err := c.Get(ctx, Call{Operation: row, Target: t})
	if err != nil {
		return "", err
	}

	var doc struct {
		Properties struct {
			DiscoveryURL string `json:"discoveryUrl"`
		} `json:"properties"`
	}
	if err := readShort(answer.Body, &doc); err != nil {
		return "", failedDiscovery(row.ID, err, "the workspace's document can't be read")
	}

	if !c.isDiscovery(doc.Properties.DiscoveryURL) {
		return "", dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: discoveryUrl leads to no address of this cloud", row.ID)
	}

	services, err := c.services(ctx, row.ID, doc.Properties.DiscoveryURL, t)
	if err != nil {
		return "", err
	}

	for _, name := range []string{"api", "history"} { // the first years had only the latter
		if base, ok := services[name].(string); ok && base != "" {
			if base = trim(base); !c.isDataPlane(base) {
				return "", dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: the discovered data plane is at no address of this cloud", row.ID)
			}
			return base, nil
		}
	}

	return "", dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the discovery service names no data plane", row.ID)
}

// services asks a discovery service for the addresses of services, without a token.
func (c *Client) services(ctx context.Context, id, discovery string, t dsr.Target) (map[string]any, error) {
	resp, err := c.upstream.DoWithoutToken(ctx, upstream.Request{ //nolint:bodyclose // readShort and Refused close it
		Scope:  upstream.Scope{Label: id, Quota: t.SubscriptionID},
		Method: http.MethodGet,
		URL:    discovery,
	})
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, upstream.Refused(id, resp)
	}

	var services map[string]any
	if err := readShort(resp.Body, &services); err != nil {
		return nil, failedDiscovery(id, err, "the discovery service's answer can't be read")
	}

	return services, nil
}

// failedDiscovery returns the error of an answer that can't be read: err itself where
// it has a class, or else a MalformedAnswer.
func failedDiscovery(id string, err error, what string) error {
	if dsr.ClassOf(err) != dsr.Unclear {
		return err
	}
	return &dsr.Error{
		Class:   dsr.Permanent,
		Reason:  dsr.ReasonMalformedAnswer,
		Message: id + ": " + what,
		Err:     err,
	}
}

// readShort decodes a short answer and closes it.
func readShort(from io.ReadCloser, into any) error {
	defer func() { _ = from.Close() }()
	text, err := io.ReadAll(io.LimitReader(from, maxDiscovery))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// isDiscovery reports whether a link may be the discovery service's: an address that
// the data plane may have, with a path.
func (c *Client) isDiscovery(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.User != nil || strings.ContainsAny(link, `\#`) {
		return false
	}
	return c.isDataPlane(u.Scheme + "://" + u.Host)
}

// isDataPlane reports whether a token may go to a base URL. It must be https, on port
// 443, below a suffix of the cloud, or loopback where ARM is on loopback.
func (c *Client) isDataPlane(base string) bool {
	u, err := url.Parse(base)
	if err != nil || u.User != nil || u.Opaque != "" || u.Host == "" || u.Path != "" || strings.ContainsAny(base, `\?#@`) {
		return false
	}
	if baseIsLoopback(c.opts.BaseURLs.ARM) && upstream.IsLoopback(u.Hostname()) {
		return u.Scheme == "http" || u.Scheme == "https"
	}
	return slices.ContainsFunc(c.opts.Cloud.DataPlaneSuffixes, func(suffix string) bool {
		_, below := upstream.HostBelow(u, suffix)
		return below
	})
}
