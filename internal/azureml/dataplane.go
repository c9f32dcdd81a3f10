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

// maxDiscovery is how many bytes are read of a workspace's document, of a page of its
// connections, and of a discovery service's answer.
const maxDiscovery = 1 << 20

// spaceDocument is what discovery reads of the document of a workspace or a registry.
type spaceDocument struct {
	Kind       string `json:"kind"`
	Properties struct {
		DiscoveryURL         string   `json:"discoveryUrl"`
		ProvisioningState    string   `json:"provisioningState"`
		AgentsEndpointURI    string   `json:"agentsEndpointUri"`
		AssociatedWorkspaces []string `json:"associatedWorkspaces"`
	} `json:"properties"`
}

// details returns what a workspace says of itself. Beside an error it has what is known
// without the data plane's address.
func (c *Client) details(ctx context.Context, t dsr.Target) (dsr.WorkspaceDetails, error) {
	t.Level, t.Name = dsr.MachineLearningWorkspace, ""
	doc, err := c.document(ctx, t)
	if err != nil {
		return dsr.WorkspaceDetails{}, err
	}

	d := dsr.WorkspaceDetails{
		AIProject: strings.EqualFold(doc.Kind, "Project") || doc.Properties.AgentsEndpointURI != "",
		Hub:       strings.EqualFold(doc.Kind, "Hub"),
		Projects:  doc.Properties.AssociatedWorkspaces,
	}
	if d.NeverProvisioned = doc.neverProvisioned(); d.NeverProvisioned {
		return d, nil
	}
	d.API, err = c.dataPlane(ctx, t, doc)

	return d, err
}

// neverProvisioned reports whether there is no data plane, and so nothing in one.
func (d spaceDocument) neverProvisioned() bool {
	state := strings.ToLower(d.Properties.ProvisioningState)
	return d.Properties.DiscoveryURL == "" && (state == "failed" || state == "canceled")
}

// document reads the own document of a workspace or a registry.
func (c *Client) document(ctx context.Context, t dsr.Target) (spaceDocument, error) {
	row := DocumentRow(t.Level)
	answer, err := c.Get(ctx, Call{Operation: row, Target: t})
	if err != nil {
		return spaceDocument{}, err
	}

	var text json.RawMessage
	var doc spaceDocument
	if err := readShort(answer.Body, &text); err != nil {
		return spaceDocument{}, failedDiscovery(row.ID, err, "the document can't be read")
	}
	if err := row.AsAsked(text); err != nil {
		return spaceDocument{}, err
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return spaceDocument{}, failedDiscovery(row.ID, err, "the document can't be read")
	}

	return doc, nil
}

// dataPlane returns the base URL of a workspace's data plane. The workspace's document
// names a discovery service, which needs no token and answers with the addresses of
// services. An address outside the cloud is ForeignLink.
func (c *Client) dataPlane(ctx context.Context, t dsr.Target, doc spaceDocument) (string, error) {
	row := DocumentRow(t.Level)
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

// registryPlane returns the base URL of a registry's data plane. It is where the
// registry's discovery service is: that of its primary region.
func (c *Client) registryPlane(ctx context.Context, t dsr.Target) (string, error) {
	doc, err := c.document(ctx, t)
	if err != nil {
		return "", err
	}
	if !c.isDiscovery(doc.Properties.DiscoveryURL) {
		return "", dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: discoveryUrl leads to no address of this cloud", DocumentRow(t.Level).ID)
	}

	u, err := url.Parse(doc.Properties.DiscoveryURL)
	if err != nil {
		return "", dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: discoveryUrl is no address", DocumentRow(t.Level).ID)
	}

	return u.Scheme + "://" + u.Host, nil
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
