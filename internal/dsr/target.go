package dsr

import (
	"fmt"
	"regexp"
	"strings"
)

// Level is the kind of a target. Each resource type is at one level.
type Level uint8

// The levels at which the catalogue has resource types.
const (
	LevelNone Level = iota
	HostingAccount
	ExperimentationAccount
	Workspace
	Project
	// MachineLearningWorkspace is a workspace of today's Azure ML; its name is in
	// Target.Workspace.
	MachineLearningWorkspace
	// ResourceGroup holds operationalization clusters.
	ResourceGroup
	// MachineLearningExperiment holds the runs of a machine learning workspace;
	// its id is in Target.Name.
	MachineLearningExperiment
	// FeatureSet holds the versions of a feature set of a machine learning workspace;
	// its name is in Target.Name.
	FeatureSet
	// Registry holds assets that workspaces share; its name is in Target.Name.
	Registry
)

// Resource provider namespaces, as ARM spells them.
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
	// Name is that of a registry, or of an experiment or feature set in a machine
	// learning workspace.
	Name string
	// API is the base URL of the own data plane of a machine learning workspace or a
	// registry, as it was discovered; "" for targets without one.
	API string
	// AIProject reports whether a machine learning workspace is one in which people
	// chat with agents, as its document says.
	AIProject bool
}

// ID returns the target's full ARM id.
func (t Target) ID() string {
	group := "/subscriptions/" + t.SubscriptionID + "/resourceGroups/" + t.ResourceGroup
	base := group + "/providers/"
	switch t.Level {
	case ResourceGroup:
		return group
	case MachineLearningWorkspace:
		return base + servicesProvider + "/workspaces/" + t.Workspace
	case MachineLearningExperiment:
		return base + servicesProvider + "/workspaces/" + t.Workspace + "/experimentids/" + t.Name
	case FeatureSet:
		return base + servicesProvider + "/workspaces/" + t.Workspace + "/featuresets/" + t.Name
	case Registry:
		return base + servicesProvider + "/registries/" + t.Name
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

// Space returns the machine learning workspace that the target is in. A target that is
// in none is returned as it is.
func (t Target) Space() Target {
	if t.Level == MachineLearningExperiment || t.Level == FeatureSet {
		t.Level, t.Name = MachineLearningWorkspace, ""
	}
	return t
}

// SpaceOf is Space by ARM id. An id of no target is returned as it is.
func SpaceOf(id string) string {
	t, err := ParseTarget(id, "")
	if err != nil {
		return id
	}
	return t.Space().ID()
}

// Key returns what identifies the target regardless of case, as ARM does.
func (t Target) Key() string { return strings.ToLower(t.ID()) }

// Path returns the target's folder below that of a resource type, each segment encoded.
func (t Target) Path() string {
	segments := []string{t.SubscriptionID, t.ResourceGroup, t.Account, t.Workspace, t.Project, t.Name}
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
	// belowGroup matches the rest of the id of a target in a resource group.
	belowGroup = regexp.MustCompile(`(?i)^/providers/(?:` +
		regexp.QuoteMeta(hostingProvider) + `/accounts/(?P<hosting>[^/]+)|` +
		regexp.QuoteMeta(experimentationProvider) + `/accounts/(?P<account>[^/]+)(?:/workspaces/(?P<workspace>[^/]+)(?:/projects/(?P<project>[^/]+))?)?|` +
		regexp.QuoteMeta(servicesProvider) + `/workspaces/(?P<services>[^/]+)(?:/experimentids/(?P<experiment>[^/]+)|/featuresets/(?P<featureset>[^/]+))?|` +
		regexp.QuoteMeta(servicesProvider) + `/registries/(?P<registry>[^/]+))$`)
)

// ParseTarget reads a target back from its ARM id and its location.
func ParseTarget(id, location string) (Target, error) {
	group := groupID.FindStringSubmatch(id)
	if group == nil {
		return Target{}, unknownTarget(id)
	}

	t := Target{
		Level:          ResourceGroup,
		SubscriptionID: group[1],
		ResourceGroup:  group[2],
		Location:       location,
	}
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
	case named("experiment") != "":
		t.Level, t.Workspace, t.Name = MachineLearningExperiment, named("services"), named("experiment")
	case named("featureset") != "":
		t.Level, t.Workspace, t.Name = FeatureSet, named("services"), named("featureset")
	case named("services") != "":
		t.Level, t.Workspace = MachineLearningWorkspace, named("services")
	case named("registry") != "":
		t.Level, t.Name = Registry, named("registry")
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
