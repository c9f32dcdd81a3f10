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
	// MachineLearningWorkspace holds computes; its name is in Target.Workspace.
	MachineLearningWorkspace
	// ResourceGroup holds operationalization clusters.
	ResourceGroup
)

// ARM provider segments, as the service spells them.
const (
	hostingProvider         = "Microsoft.MachineLearningModelManagement"
	experimentationProvider = "Microsoft.MachineLearningExperimentation"
	servicesProvider        = "Microsoft.MachineLearningServices"
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
	group := "/subscriptions/" + t.SubscriptionID + "/resourceGroups/" + t.ResourceGroup
	base := group + "/providers/"
	switch t.Level {
	case ResourceGroup:
		return group
	case MachineLearningWorkspace:
		return base + servicesProvider + "/workspaces/" + t.Workspace
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

var (
	groupID = regexp.MustCompile(`(?i)^/subscriptions/([^/]+)/resourceGroups/([^/]+)(/providers/.+)?$`)
	// belowGroup is the rest of the id of a target in a resource group.
	belowGroup = regexp.MustCompile(`(?i)^/providers/(?:` +
		regexp.QuoteMeta(hostingProvider) + `/accounts/(?P<hosting>[^/]+)|` +
		regexp.QuoteMeta(experimentationProvider) + `/accounts/(?P<account>[^/]+)(?:/workspaces/(?P<workspace>[^/]+)(?:/projects/(?P<project>[^/]+))?)?|` +
		regexp.QuoteMeta(servicesProvider) + `/workspaces/(?P<services>[^/]+))$`)
)

// ParseTarget reads a target back from its ARM id and its location.
func ParseTarget(id, location string) (Target, error) {
	group := groupID.FindStringSubmatch(id)
	if group == nil {
		return Target{}, unknownTarget(id)
	}
	t := Target{Level: ResourceGroup, SubscriptionID: group[1], ResourceGroup: group[2], Location: location}
	if group[3] == "" {
		return t, nil
	}
	m := belowGroup.FindStringSubmatch(group[3])
	if m == nil {
		return Target{}, unknownTarget(id)
	}
	named := func(name string) string { return m[belowGroup.SubexpIndex(name)] }
	t.Account, t.Workspace, t.Project = named("account"), named("workspace"), named("project")
	switch {
	case named("hosting") != "":
		t.Level, t.Account = HostingAccount, named("hosting")
	case named("services") != "":
		t.Level, t.Workspace = MachineLearningWorkspace, named("services")
	case t.Project != "":
		t.Level = Project
	case t.Workspace != "":
		t.Level = Workspace
	default:
		t.Level = ExperimentationAccount
	}
	return t, nil
}

func unknownTarget(id string) error { return fmt.Errorf("%q is not the ARM id of a known target", id) }
