package app

import (
	"sync"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// NewValidator returns the validator of requests, by the embedded schema and the types of
// the catalogue.
func NewValidator() (*fanout.Validator, error) {
	var names []string
	for _, r := range azureml.Resources() {
		names = append(names, r.Type)
	}
	return fanout.NewValidator([]byte(azuremldsr.RequestSchema), names)
}

// validatorOf returns what makes the validator once, when the first request comes. scopes
// are what names in a request's scope stand for.
func validatorOf(scopes dsr.ScopeNames) func() (*fanout.Validator, error) {
	return sync.OnceValues(func() (*fanout.Validator, error) {
		v, err := NewValidator()
		if err == nil {
			v.Scopes = scopes
		}
		return v, err
	})
}

// SameRows maps each catalogue row that is never called to the row that is called in its
// place.
func SameRows() map[string]string {
	same := map[string]string{}
	for _, row := range azureml.Catalogue() {
		if row.Same != "" {
			same[row.ID] = row.Same
		}
	}
	return same
}

// rowIDs returns the ids of all catalogue rows.
func rowIDs() []string {
	var ids []string
	for _, row := range azureml.Catalogue() {
		ids = append(ids, row.ID)
	}
	return ids
}

// CountedRows returns the ids of all rows that a manifest may count: those that read and those
// that delete.
func CountedRows() []string {
	ids := rowIDs()
	for _, d := range azureml.DeleteOperations() {
		ids = append(ids, d.ID)
	}
	return ids
}

// plannedTypes returns the catalogue's types in the form that planning needs.
func plannedTypes() []fanout.ResourceType {
	var types []fanout.ResourceType
	for _, r := range azureml.Resources() {
		types = append(types, fanout.ResourceType{
			Name:      r.Type,
			Level:     r.Level,
			Follows:   r.Follows,
			OfSubject: r.OfSubject,
			DataPlane: r.DataPlane,
		})
	}
	return types
}

// plannedDeletions returns what the catalogue can delete, in the order of dependencies.
func plannedDeletions() []dsr.DeletionType {
	var rows []dsr.DeletionType
	for _, d := range azureml.DeleteOperations() {
		joined, _ := azureml.Find(d.Joins)
		items, _ := azureml.Find(d.ItemsOf)

		rows = append(rows, dsr.DeletionType{
			ID:         d.ID,
			Type:       d.Type,
			Reads:      d.Reads,
			Level:      d.Level,
			Container:  d.Container,
			After:      d.After,
			Inner:      d.Inner,
			Personal:   d.Personal,
			Joins:      d.Joins,
			JoinedType: joined.Type,
			ItemsOf:    items.Type,
			Takes:      d.Takes,
		})
	}
	return dsr.SortDeletions(rows)
}
