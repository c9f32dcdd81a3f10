package erase

import (
	"fmt"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

func TestATaskFindsItsThingInThePartOfItsPage(t *testing.T) {
	store := memory.New()
	a := dsr.Attempt{RequestID: "r", Number: 1}
	made := ledger.New(archive.New(store, nil), archive.New(store, nil), archive.New(store, nil))
	inParts := dsr.Deletions{Node: 7}
	for page := range 2 {
		items := make([]dsr.Planned, 3)
		for i := range items {
			items[i] = dsr.Planned{Item: fmt.Sprintf("m-%d", 3*page+i), CreatedAt: "2018"}
		}

		ref, err := made.RecordPlanPart(t.Context(), dsr.PlanPart{
			RequestID: "r",
			Attempt:   1,
			Node:      7,
			Page:      page + 1,
			Items:     items,
		})
		if err != nil {
			t.Fatal(err)
		}

		inParts.Parts = append(inParts.Parts, ref)
	}

	short := dsr.Deletions{Node: 7, Items: []dsr.Planned{{Item: "m-0", CreatedAt: "2018"}, {Item: "m-1"}}}
	another := inParts
	another.Parts = []dsr.PlanPartRef{inParts.Parts[0], {Name: inParts.Parts[1].Name, SHA256: inParts.Parts[0].SHA256, Items: 3}}
	missing := inParts
	missing.Parts = []dsr.PlanPartRef{{Name: "deletion-plan/00007-000009-0123456789abcdef.json", SHA256: "01", Items: 3}}

	for name, tt := range map[string]struct {
		stage       dsr.Deletions
		page, chunk int
		item        string
		reason      string // "" for found
	}{
		"the first":                       {inParts, 1, 0, "m-0", ""},
		"the last":                        {inParts, 2, 2, "m-5", ""},
		"one of a short stage":            {short, 1, 0, "m-0", ""},
		"at another's place":              {inParts, 1, 1, "m-0", dsr.ReasonUnknownTask},
		"behind the part":                 {inParts, 1, 3, "m-3", dsr.ReasonUnknownTask},
		"behind the last part":            {inParts, 3, 0, "m-6", dsr.ReasonUnknownTask},
		"not planned":                     {inParts, 1, 0, "m-9", dsr.ReasonUnknownTask},
		"not planned in a short stage":    {short, 1, 0, "m-9", dsr.ReasonUnknownTask},
		"a part with other bytes":         {another, 2, 0, "m-3", dsr.ReasonChanged},
		"a part that is not there":        {missing, 1, 0, "m-0", dsr.ReasonChanged},
		"the sound part beside a bad one": {another, 1, 2, "m-2", ""},
	} {
		l := ledger.New(archive.New(store, nil), archive.New(store, nil), archive.New(store, nil)) // what a process keeps is of no help
		w := New(nil, l, nil, Options{})
		job := task.Job{Task: dsr.Task{
			RequestID: a.RequestID,
			Attempt:   1,
			Node:      "00007",
			Page:      tt.page,
			Chunk:     tt.chunk,
		}}
		got, err := w.thing(t.Context(), job, tt.stage, tt.item)
		if tt.reason != "" {
			if dsr.ReasonOf(err) != tt.reason {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}

		if err != nil || got.Item != tt.item {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
