package azureml

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// accountID is the ARM id of an account of Cognitive Services, at the beginning of a text.
var accountID = regexp.MustCompile(`(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.CognitiveServices/accounts/[^/]+`)

// accountCategories are the categories of connections that lead to such an account.
var accountCategories = []string{"AIServices", "AzureOpenAI", "CognitiveService", "AzureAIFoundry"}

// connection is what discovery reads of a connection.
type connection struct {
	Name       string `json:"name"`
	Properties struct {
		Category string          `json:"category"`
		Metadata json.RawMessage `json:"metadata"`
	} `json:"properties"`
}

// Connected returns the accounts of Cognitive Services that a machine learning workspace
// is connected to: Foundry projects, with their agents and chats, are in such.
func (d *Directory) Connected(ctx context.Context, t dsr.Target) (dsr.Connected, error) {
	var found dsr.Connected
	var walk dsr.Walk
	row, _ := Find("W42")
	call := Call{Operation: row, Target: t}

	for range d.maxPages {
		connections, next, err := d.connections(ctx, call)
		if err != nil {
			return dsr.Connected{}, err
		}
		for _, c := range connections {
			c.addTo(&found)
		}

		if next == "" {
			return found, nil
		}
		if walk.Returns(next) {
			break
		}
		call.Cursor = next
	}

	return dsr.Connected{}, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list does not end", row.ID)
}

// connections returns a page of a workspace's connections, and the cursor of the next.
func (d *Directory) connections(ctx context.Context, call Call) ([]connection, string, error) {
	answer, err := d.client.Get(ctx, call)
	if err != nil {
		return nil, "", err
	}

	var page struct {
		Value    json.RawMessage `json:"value"`
		NextLink string          `json:"nextLink"`
	}
	if err := readShort(answer.Body, &page); err != nil {
		return nil, "", failedDiscovery(call.Operation.ID, err, "the connections can't be read")
	}

	var connections []connection
	if err := json.Unmarshal(page.Value, &connections); err != nil { // without a value it is no list
		return nil, "", failedDiscovery(call.Operation.ID, err, "the answer is no list of connections")
	}

	return connections, page.NextLink, nil
}

// addTo adds the account that a connection leads to, if it leads to one.
func (c connection) addTo(found *dsr.Connected) {
	isAccount := slices.ContainsFunc(accountCategories, func(category string) bool {
		return strings.EqualFold(category, c.Properties.Category)
	})

	switch id := c.account(); {
	case slices.ContainsFunc(found.Accounts, func(known string) bool { return strings.EqualFold(known, id) }):
	case id != "":
		found.Accounts = append(found.Accounts, id)
	case isAccount:
		found.Unnamed = append(found.Unnamed, c.Name)
	}
}

// account returns the ARM id of the account that the metadata of a connection name, under
// whatever name; "" where they name none.
func (c connection) account() string {
	var metadata map[string]any
	if json.Unmarshal(c.Properties.Metadata, &metadata) != nil {
		return ""
	}

	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		text, _ := metadata[name].(string)
		if id := accountID.FindString(text); id != "" {
			return id
		}
	}

	return ""
}
