package fanout

import (
	"context"
	"maps"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// People finds people in the directory of Microsoft Entra.
type People interface {
	// Find returns those who have an address as a name or as their mail.
	Find(ctx context.Context, address string) ([]dsr.DirectoryMatch, error)
	// From returns the address of the directory.
	From() string
}

// lookUp returns a request with the object id of its subject. One that names it, or that is
// recorded without a look-up, is not looked up. Nobody is guessed: who has no address in
// the directory stays without an object id, and addresses of several people are refused.
func (i *Intake) lookUp(ctx context.Context, p Parsed) (Parsed, error) {
	if i.People == nil || p.Subject == nil || p.Subject.ObjectID != "" || p.Subject.Lookup != nil {
		return p, nil
	}
	// A delivery that stopped early, or a concurrent one, has recorded what it found.
	if _, found, err := i.Ledger.SubjectRecord(ctx, p.ID); found || err != nil {
		return p, err
	}

	subject, err := i.findSubject(ctx, *p.Subject)
	if err != nil {
		return Parsed{}, err
	}
	if err := i.checkFound(p, *subject); err != nil {
		return Parsed{}, err
	}
	p.Subject = subject

	return p, nil
}

// findSubject looks all addresses of a subject up.
func (i *Intake) findSubject(ctx context.Context, s dsr.Subject) (*dsr.Subject, error) {
	ids, by := map[string]bool{}, map[string]bool{}
	for _, address := range s.Addresses() {
		matches, err := i.People.Find(ctx, address)
		if err != nil {
			return nil, err
		}
		for _, m := range matches {
			ids[strings.ToLower(m.ObjectID)] = true
			by[m.By] = true
		}
	}

	lookup := dsr.DirectoryLookup{Outcome: dsr.LookupNotFound, From: i.People.From(), At: i.Now().UTC()}
	switch len(ids) {
	case 0:
		return s.LookedUp("", lookup), nil
	case 1:
		lookup.Outcome, lookup.By = dsr.LookupFound, slices.Sorted(maps.Keys(by))
		id := slices.Collect(maps.Keys(ids))[0]
		return s.LookedUp(id, lookup), nil
	default:
		return nil, objectIDRequired("several people in the directory have an address of the subject")
	}
}

// checkFound refuses a subject without an object id where one is needed: by the settings,
// or to find what belongs to the subject alone.
func (i *Intake) checkFound(p Parsed, s dsr.Subject) error {
	switch {
	case s.ObjectID != "":
		return nil
	case i.PeopleRequired:
		return objectIDRequired("the directory has nobody by an address of the subject, and DIRECTORY_LOOKUP is required")
	case p.What == dsr.WhatSubject && s.PUID == "":
		return objectIDRequired("the directory has nobody by an address of the subject, and what belongs to a person is found by that id")
	}
	return nil
}

func objectIDRequired(why string) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonSubjectObjectIDRequired, "/subject: %s: send objectId", why)
}
