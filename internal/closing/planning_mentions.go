package closing

import (
	"context"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// mention lists a document for a person to decide on: it names the subject or may be the
// subject's, and it is not deleted along with what is planned. A name that others may
// have makes it no more than possible.
func (p *planning) mention(_ context.Context, n dsr.Node, typ string, e dsr.Entry) error {
	own := ownOf(e)
	if e.SubjectMatches+e.PossibleMatches == 0 && own == dsr.OwnerUnknown {
		return nil
	}

	m := dsr.Mention{
		Endpoint: e.Endpoint,
		Target:   n.Target,
		Item:     e.Item,
		URL:      e.URL,
	}

	if own == dsr.OwnerPossible || (e.SubjectMatches == 0 && own == dsr.OwnerUnknown) {
		m.Owner = dsr.OwnerPossible
	}

	row := p.deletionRow(typ)
	if joined, told := p.joined(row, n.Target, e.Item); told && e.Endpoint == row.Reads && joined != dsr.OwnerSubject {
		m.Owner = joined
		if e.SubjectMatches == 0 && joined == dsr.OwnerUnknown {
			if beside(own, e) <= 0 {
				return nil // the owner has the subject's name and another id: a namesake
			}
			m.Owner = dsr.OwnerPossible
		}
	}

	switch {
	case slices.ContainsFunc(p.goesWith(n.Target, typ, e), p.isPlanned):
	case len(p.progress.Mentions) == dsr.MaxMentions:
		p.progress.MentionsOmitted++
	default:
		p.progress.Mentions = append(p.progress.Mentions, m)
	}

	return nil
}

// beside returns how many strings may name the subject besides the one that says whose the
// document is.
func beside(own dsr.Ownership, e dsr.Entry) int {
	if own == dsr.OwnerPossible {
		return e.PossibleMatches - 1
	}
	return e.PossibleMatches
}

func (p *planning) isPlanned(key string) bool {
	_, planned := p.things.find(key)
	return planned
}

// goesWith returns the keys of the things whose deletion takes a document along.
func (p *planning) goesWith(target, typ string, e dsr.Entry) []string {
	same := thing(target, e.Item)
	first, _, _ := strings.Cut(e.Item, "/")

	// The first generation of Azure ML and today's may each have a document of the same thing.
	keys := []string{typ + " " + same, "ml-" + typ + " " + same}
	level := levelOf(target)
	for _, row := range p.Deletions {
		if row.Joins == e.Endpoint {
			keys = append(keys, row.Type+" "+same)
		}
		ofRun := row.Level == level && level == dsr.MachineLearningExperiment && row.ItemsOf == ""
		if ofRun || slices.Contains(row.Takes, typ) {
			keys = append(keys, row.Type+" "+thing(target, first)) // what a run or a chat has goes with it
		}
	}

	return keys
}

func levelOf(target string) dsr.Level {
	t, err := dsr.ParseTarget(target, "")
	if err != nil {
		return dsr.LevelNone
	}
	return t.Level
}
