package dsr

import (
	"fmt"
	"regexp"
	"strings"
)

// Level says what kind of thing a target is. A resource type lives at one level.
type Level uint8

// The levels at which the catalogue has resource types.
const (
	LevelNone Level = iota
	HostingAccount
	ExperimentationAccount
	Workspace
	Project
)

// ARM provider segments, as the service spells them.
const (
	hostingProvider         = "Microsoft.MachineLearningModelManagement"
	experimentationProvider = "Microsoft.MachineLearningExperimentation"
)

// Target is a place in Azure that holds documents, spelled as the request does.
type Target struct {
	Level          Level
	SubscriptionID string
	ResourceGroup  string
	Location       string // data-plane region; empty for targets that only ARM answers for
	Account        string
	Workspace      string
	Project        string
}

// ID is the target's full ARM id.
func (t Target) ID() string {
	base := "/subscriptions/" + t.SubscriptionID + "/resourceGroups/" + t.ResourceGroup + "/providers/"
	switch t.Level {
	case HostingAccount:
		return base + hostingProvider + "/accounts/" + t.Account
	case Project:
		return base + experimentationProvider + "/accounts/" + t.Account + "/workspaces/" + t.Workspace + "/projects/" + t.Project
	case Workspace:
		return base + experimentationProvider + "/accounts/" + t.Account + "/workspaces/" + t.Workspace
	default:
		return base + experimentationProvider + "/accounts/" + t.Account
	}
}

// Key identifies the target regardless of case, as ARM does.
func (t Target) Key() string { return strings.ToLower(t.ID()) }

// Path is the target's folder below a resource type's, each segment encoded.
func (t Target) Path() string {
	segments := []string{t.SubscriptionID, t.ResourceGroup, t.Account, t.Workspace, t.Project}
	var out []string
	for _, s := range segments {
		if s != "" {
			out = append(out, EncodeSegment(s))
		}
	}
	return strings.Join(out, "/")
}

var targetID = regexp.MustCompile(`(?i)^/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/(` +
	regexp.QuoteMeta(hostingProvider) + `|` + regexp.QuoteMeta(experimentationProvider) +
	`)/accounts/([^/]+)(?:/workspaces/([^/]+)(?:/projects/([^/]+))?)?$`)

// ParseTarget reads a target back from its ARM id and its location.
func ParseTarget(id, location string) (Target, error) {
	m := targetID.FindStringSubmatch(id)
	if m == nil {
		return Target{}, fmt.Errorf("%q is not the ARM id of a known target", id)
	}
	t := Target{SubscriptionID: m[1], ResourceGroup: m[2], Location: location, Account: m[4], Workspace: m[5], Project: m[6]}
	switch {
	case strings.EqualFold(m[3], hostingProvider):
		if t.Workspace != "" {
			return Target{}, fmt.Errorf("%q: a hosting account has no workspaces", id)
		}
		t.Level = HostingAccount
	case t.Project != "":
		t.Level = Project
	case t.Workspace != "":
		t.Level = Workspace
	default:
		t.Level = ExperimentationAccount
	}
	return t, nil
}
