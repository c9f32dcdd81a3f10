package azureml

import (
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// DeleteOperation is a row of the table of deletions: the DELETE of what a row of the
// catalogue reads.
type DeleteOperation struct {
	// ID is the row's name in totals, receipts and logs: D01, D02, …
	ID string
	// Type and Level are those of the catalogue's row.
	Type  string
	Level dsr.Level
	// Reads is the id of the catalogue's row. A call of that row is what Delete
	// takes, and what confirms it when it answers 404.
	Reads string
	// Container reports whether the target itself is deleted, with all that it holds.
	Container bool
	// Inner is the level of the targets that the row's items are; LevelNone for
	// items that hold nothing.
	Inner dsr.Level
	// After names the types of the same place that are deleted before this one; nil is
	// all that the place holds. A failure among them stops this row, unless it is
	// Regardless: then they are only the order.
	After      []string
	Regardless bool
	// By is the row to whose URL the DELETE is sent; empty is Reads. Path replaces the
	// path of that row.
	By, Path string
	// ItemsOf is the row whose items are deleted from, where Reads is a list for each of
	// them: that is done when the list is empty. Empty is Reads itself.
	ItemsOf string
	// Query is added to the DELETE's; AttachedQuery replaces it for a compute that is
	// only attached.
	Query, AttachedQuery string
	// Stop is added to the URL to stop a thing that runs; empty for what never runs.
	Stop string
	// Purges reports whether the service keeps what is deleted, unless it is told not
	// to. That a thing is not there proves nothing then.
	Purges bool
	// Personal reports whether a thing may be one person's own among those of others.
	Personal bool
	// Joins is the row whose document of the same item shows more surely whose it is.
	Joins string
	// Takes names the types whose items hang on those of the row and go with them.
	Takes []string
}

// DeleteOperations returns the rows of what can be deleted: those of the first
// generation in order of id, and those of the second in the order in which they are
// deleted. They are no part of Catalogue, so an export has no totals for them.
func DeleteOperations() []DeleteOperation {
	rows := append([]DeleteOperation{
		{ID: "D01", Reads: "E01", Container: true},
		{ID: "D02", Reads: "E03"},
		{ID: "D03", Reads: "E05"},
		{ID: "D04", Reads: "E07"},
		{ID: "D05", Reads: "E09"},
		{ID: "D06", Reads: "E29", Container: true},
		{ID: "D07", Reads: "E28", Container: true},
		{ID: "D08", Reads: "E27", Container: true},
	}, mlDeleteOperations()...)

	for i := range rows {
		read, _ := Find(rows[i].Reads)
		rows[i].Type, rows[i].Level = read.Type, read.Level
	}
	return rows
}

// deletionOf returns the row of deletions of a call. It refuses a call that could delete
// more than it names, since a deletion can't be taken back.
func deletionOf(call Call) (DeleteOperation, error) {
	rows := DeleteOperations()
	i := slices.IndexFunc(rows, func(d DeleteOperation) bool { return d.Reads == call.Operation.ID })
	if i < 0 {
		return DeleteOperation{}, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s reads nothing that can be deleted", call.Operation.ID)
	}

	d := rows[i]
	switch t := call.Target; {
	case t.Level != d.Level:
		return d, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: the call's target is of another level than what would be deleted", d.ID)
	case d.Container && call.Item != "":
		return d, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: deletes the whole container, but the call names an item in it", d.ID)
	case slices.ContainsFunc([]string{t.SubscriptionID, t.ResourceGroup, t.Account, t.Workspace, t.Project, t.Name, call.Item, call.Entry}, climbs):
		return d, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: a server that cleans paths would take a name for what holds it", d.ID)
	}

	return d, nil
}

// climbs reports whether a name would lead to what holds the thing, once a server or
// proxy has unescaped and cleaned the path. Reading the wrong document does no harm;
// deleting it would.
func climbs(name string) bool {
	if name == "" {
		return false // expand refuses it where it is needed
	}
	segments := strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '\\' })
	return len(segments) == 0 || slices.Contains(segments, ".") || slices.Contains(segments, "..")
}
