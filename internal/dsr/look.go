package dsr

import (
	"fmt"
	"slices"
)

// LooksPrefix is the root, in the audit container, of the looks for documents on hold
// that took more than one call.
const LooksPrefix = "_looks/"

// Look is how far the pages of an attempt were passed over, in search of documents with
// some ids. Its records are only ever added: the last one counts.
type Look struct {
	SchemaVersion string              `json:"schemaVersion"`
	RequestID     string              `json:"requestId"`
	Attempt       int                 `json:"attempt"`
	IDs           string              `json:"ids"`    // SHA-256 of the ids and of where they are looked for
	Number        int                 `json:"n"`      // of this record, from 1
	Behind        string              `json:"behind"` // the page that was passed last, below the attempt's pages/
	Places        map[string][]string `json:"places"` // the targets where documents were found, by id
	Done          bool                `json:"done"`   // all pages were passed
}

// Fresh is the look before its first page.
func (l Look) Fresh() Look {
	return Look{
		SchemaVersion: SchemaVersion,
		RequestID:     l.RequestID,
		Attempt:       l.Attempt,
		IDs:           l.IDs,
		Places:        map[string][]string{},
	}
}

// Prefix is that of the look's records.
func (l Look) Prefix() string {
	return fmt.Sprintf("%s%s~%d/%.16s/", LooksPrefix, l.RequestID, l.Attempt, l.IDs)
}

// Blob names the record.
func (l Look) Blob() string { return fmt.Sprintf("%s%06d.json", l.Prefix(), l.Number) }

// Note notes which of some sorted ids are among the items of a page of a target.
func (l *Look) Note(items, ids []string, target string) {
	for _, item := range items {
		_, asked := slices.BinarySearch(ids, item)
		if asked && !slices.Contains(l.Places[item], target) {
			l.Places[item] = append(l.Places[item], target)
		}
	}
}
