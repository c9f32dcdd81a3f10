package fanout

import (
	"fmt"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// elsewhere is what belongs to a machine learning workspace and is not read with it.
type elsewhere struct {
	// hub reports whether it is a hub, and projects are the ARM ids of its projects.
	hub      bool
	projects []string
	// connected are the accounts of another provider; unknown reports whether they could
	// not be listed.
	connected dsr.Connected
	unknown   bool
}

// maxElsewhere bounds what a plan names of it.
const maxElsewhere = 1000

// Reasons why something that belongs to a workspace is not covered.
const (
	whyProjects = "people chat in the projects of a hub, which are workspaces of their own: name each of them, or ask for all by \"*\""
	whyAccounts = "another provider, Microsoft.CognitiveServices/accounts/projects: its agents, chats, files and evaluations are at the endpoint of each project, https://{account}.services.ai.azure.com/api/projects/{project}"
	whyMore     = "a plan names the first 1000: ask for fewer workspaces at once"
	whyUnknown  = "the workspace's connections (W42) can't be listed: look there for accounts of Microsoft.CognitiveServices, whose projects may hold chats"
)

// notReadWith names what belongs to the machine learning workspaces that were found and is
// not read with them.
func notReadWith(found []Found) []dsr.NotCovered {
	read := map[string]bool{}
	for _, f := range found {
		if f.Failed == nil {
			read[f.Target.Key()] = true
		}
	}

	var out []dsr.NotCovered
	for _, f := range found {
		out = append(out, f.Elsewhere.notCovered(f.Target.ID(), read)...)
	}

	// Several workspaces may be connected to one account.
	out = uniqueNotCovered(out)
	if more := len(out) - maxElsewhere; more > 0 {
		out = append(out[:maxElsewhere], dsr.NotCovered{What: fmt.Sprintf("%d more projects and accounts", more), Why: whyMore})
	}

	return out
}

// notCovered names what of a workspace is elsewhere. read has the keys of the targets
// that are read.
func (e elsewhere) notCovered(id string, read map[string]bool) []dsr.NotCovered {
	var out []dsr.NotCovered
	add := func(what, why string) { out = append(out, dsr.NotCovered{What: what, Why: why}) }

	if e.hub && len(e.projects) == 0 {
		add("the projects of the hub "+id+", and their chats", whyProjects)
	}
	for _, project := range e.projects {
		if e.hub && !read[strings.ToLower(project)] {
			add("the project "+project+", and its chats", whyProjects)
		}
	}

	for _, account := range e.connected.Accounts {
		add("Foundry projects, agents and chats of "+account, whyAccounts)
	}
	for _, name := range e.connected.Unnamed {
		add("Foundry projects, agents and chats of the account that the connection "+name+" of "+id+" leads to", whyAccounts)
	}
	if e.unknown {
		add("Foundry projects, agents and chats of accounts that "+id+" is connected to", whyUnknown)
	}

	return out
}

// uniqueNotCovered leaves out what is named before, in any case.
func uniqueNotCovered(all []dsr.NotCovered) []dsr.NotCovered {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(n dsr.NotCovered) bool {
		key := strings.ToLower(n.What + " " + n.Why)
		again := seen[key]
		seen[key] = true
		return again
	})
}
