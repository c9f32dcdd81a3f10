package azureml

import (
	"context"
	"net/http"
	"net/url"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

const (
	// permissionsRow names the call in errors and logs. It is no row of the catalogue.
	permissionsRow = "permissions"
	// permissionsPath and permissionsVersion are those of Permissions_ListForResourceGroup.
	// https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group
	permissionsPath    = "/providers/Microsoft.Authorization/permissions"
	permissionsVersion = "2022-04-01"
	// maxPermissionPages bounds how many pages the list may have.
	maxPermissionPages = 100
)

// Permission is what one role grants, in the form of role definitions.
type Permission struct {
	Actions    []string `json:"actions"`
	NotActions []string `json:"notActions"`
}

// Permissions returns what the caller's roles grant on a resource group, inherited ones
// and those of the caller's groups included.
func (d *Directory) Permissions(ctx context.Context, group dsr.Target) ([]Permission, error) {
	first, err := url.Parse(d.client.opts.BaseURLs.ARM + "/subscriptions/" + escapeSegment(group.SubscriptionID) +
		"/resourcegroups/" + escapeSegment(group.ResourceGroup) + permissionsPath + "?api-version=" + permissionsVersion)
	if err != nil {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: the scope makes no URL", permissionsRow)
	}

	var all []Permission
	next := first
	for range maxPermissionPages {
		page, link, err := d.client.permissionPage(ctx, first, next)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if link == "" {
			return all, nil
		}
		if next, err = upstream.ResolveLink(first, link); err != nil {
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "%s: the list goes on at another origin", permissionsRow)
		}
	}
	return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list does not end", permissionsRow)
}

// permissionPage reads one page of permissions, and returns the link to the next one.
func (c *Client) permissionPage(ctx context.Context, first, page *url.URL) ([]Permission, string, error) {
	resp, err := c.upstream.Do(ctx, upstream.Request{ //nolint:bodyclose // readShort and Refused close it
		Scope:  upstream.Scope{Label: permissionsRow, Origin: upstream.OriginOf(first), Quota: subscriptionIn(first.Path)},
		Method: http.MethodGet,
		URL:    page.String(),
	})
	if err != nil {
		return nil, "", err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, "", upstream.Refused(permissionsRow, resp)
	}

	var list struct {
		Value    []Permission `json:"value"`
		NextLink string       `json:"nextLink"`
	}
	if err := readShort(resp.Body, &list); err != nil {
		return nil, "", failedDiscovery(permissionsRow, err, "the answer is no list of permissions")
	}
	return list.Value, list.NextLink, nil
}
