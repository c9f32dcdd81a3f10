package dsr

import (
	"fmt"
	"slices"
)

// LooksPrefix is the root, in the audit container, of the records of looks for documents
// on hold that took more than one call.
const LooksPrefix = "_looks/"

// Look is how far the pages of an attempt were searched for documents with some ids. Its
// progress is a further record: the one with the highest number counts.
type Look struct {
	SchemaVersion string              `json:"schemaVersion"`
	RequestID     string              `json:"requestId"`
	Attempt       int                 `json:"attempt"`
	IDs           string              `json:"ids"`    // SHA-256 of the ids and of where they are looked for
	Number        int                 `json:"n"`      // of this record, from 1
	Behind        string              `json:"behind"` // the last page that was searched, below the attempt's pages/
	Places        map[string][]string `json:"places"` // the targets where documents were found, by id
	Done          bool                `json:"done"`   // all pages were searched
}

// Fresh returns the look as it is before its first page.
func (l Look) Fresh() Look {
	return Look{
		SchemaVersion: SchemaVersion,
		RequestID:     l.RequestID,
		Attempt:       l.Attempt,
		IDs:           l.IDs,
		Places:        map[string][]string{},
	}
}

// Prefix is the prefix of the look's records.
func (l Look) Prefix() string {
	return fmt.Sprintf("%s%s~%d/%.16s/", LooksPrefix, l.RequestID, l.Attempt, l.IDs)
}

// Blob names the record.
func (l Look) Blob() string { return fmt.Sprintf("%s%06d.json", l.Prefix(), l.Number) }

// Note adds the target to the places of each of some sorted ids that are among a page's
// items.
func (l *Look) Note(items, ids []string, target string) {
	for _, item := range items {
		_, asked := slices.BinarySearch(ids, item)
		if asked && !slices.Contains(l.Places[item], target) {
			l.Places[item] = append(l.Places[item], target)
		}
	}
}
