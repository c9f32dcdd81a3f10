package closing

import (
	"context"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// mention adds a document that a person decides on: it names the subject, or may be
// the subject's, and does not go with what is deleted.
func (p *planning) mention(_ context.Context, n dsr.Node, typ string, e dsr.Entry) error {
	own := ownOf(e)
	if e.SubjectMatches == 0 && own == dsr.OwnerUnknown {
		return nil
	}

	m := dsr.Mention{
		Endpoint: e.Endpoint,
		Target:   n.Target,
		Item:     e.Item,
		URL:      e.URL,
	}

	if own == dsr.OwnerPossible {
		m.Owner = own
	}

	row := p.deletionRow(typ)
	if joined, told := p.joined(row, n.Target, e.Item); told && e.Endpoint == row.Reads && joined != dsr.OwnerSubject {
		m.Owner = joined
		if e.SubjectMatches == 0 && joined == dsr.OwnerUnknown {
			return nil // only the owner's name speaks for the subject: it is a namesake's
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

func (p *planning) isPlanned(key string) bool {
	_, planned := p.things.find(key)
	return planned
}

// goesWith returns the things that a document goes with, by type and thing.
func (p *planning) goesWith(target, typ string, e dsr.Entry) []string {
	same := thing(target, e.Item)
	first, _, _ := strings.Cut(e.Item, "/")

	// The first generation's document of what the second has one of, too.
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
