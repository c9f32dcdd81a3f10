package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// erasureOf returns a request that deletes what belongs to one person in the first
// machine learning workspace, which many share.
func erasureOf(id string, account fake.Account) dsr.Request {
	p := account.Subject()
	space := sharedOf(account)

	return dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindDelete,
		What:          dsr.WhatSubject,
		SubmittedBy:   demoDesk,
		Subject: &dsr.Subject{
			ObjectID:          p.ObjectID,
			TenantID:          p.TenantID,
			UserPrincipalName: p.UPN,
			DisplayName:       p.Name,
		},
		Scope: []dsr.Scope{{
			SubscriptionID:            space.SubscriptionID,
			ResourceGroup:             space.ResourceGroup,
			MachineLearningWorkspaces: []string{space.Workspace},
		}},
		Confirm: []string{space.ID()},
	}
}

func sharedOf(account fake.Account) dsr.Target {
	return dsr.Target{
		Level:          dsr.MachineLearningWorkspace,
		SubscriptionID: account.SubscriptionID,
		ResourceGroup:  account.ResourceGroup,
		Workspace:      account.MachineLearningName(0),
	}
}

// erasePerson deletes what belongs to one person in the shared workspace, and checks in the
// fake, document by document, what is gone and what is left.
func (d *demo) erasePerson(ctx context.Context, account fake.Account) error {
	if err := d.Say("\nNow one person is erased from the workspace %s, in which others work too.\n", account.MachineLearningName(0)); err != nil {
		return err
	}

	before := owners(d.stack.Upstream)
	plan, m, err := d.carryOut(ctx)
	if err != nil {
		return err
	}

	e := erasure{space: sharedOf(account).ID(), subject: account.Subject().ObjectID, mentions: plan.Mentions}
	differences := append(compareDeleted(m.Totals, d.stack.Upstream.Served(), azureml.SecondGeneration), e.compare(before, owners(d.stack.Upstream))...)
	return d.concludeDeletion(differences, fmt.Sprintf(`The fake Azure ML served exactly these DELETEs. What it holds, document by document:
  %d were the person's own and are gone; none of those is left.
  %d of the person's stay, each listed above: Azure ML tells whose they are only by a name that others share, or they are not one person's to delete.
  %d of others and of nobody are all there, %d of a namesake and %d of a guest among them.`,
		e.gone, e.left, e.others, e.byOwner[account.Namesake().ObjectID], e.byOwner[account.Guest().ObjectID]))
}

// owners returns the object id of each document's owner in the fake, by the path of the
// document; "" where nobody owns it.
func owners(upstream *fake.Server) map[string]string {
	out := map[string]string{}
	for path := range upstream.Documents() {
		p, _ := upstream.Owner(path)
		out[plainly(path)] = p.ObjectID
	}
	return out
}

// plainly returns path and query of a URL with the path unescaped, because two clients may
// escape one name in two ways.
func plainly(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	return u.Path + "?" + u.RawQuery
}

// erasure counts what became of the documents of one person and of others.
type erasure struct {
	space    string // the workspace's ARM id
	subject  string // the person's object id
	mentions []dsr.Mention

	gone, left, others int
	byOwner            map[string]int // documents of others in the workspace, by object id
}

// compare counts what is gone and what is left, and returns a line for each document that
// is wrong. What belongs to the person must be gone, or listed for somebody to decide on,
// and everything else must be there.
func (e *erasure) compare(before, after map[string]string) []string {
	listed := map[string]dsr.Mention{}
	for _, m := range e.mentions {
		listed[plainly(m.URL)] = m
	}

	e.byOwner = map[string]int{}
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(before)) {
		inside := strings.Contains(strings.ToLower(path), strings.ToLower(e.space)+"/")
		own := inside && before[path] == e.subject
		_, there := after[path]
		m, named := listed[path]
		switch {
		case own && !there:
			e.gone++
		case own && !named:
			lines = append(lines, path+" is the person's, is left, and is not listed")
		case own && m.Owner != dsr.OwnerPossible && mayBeOnes(m.Endpoint):
			lines = append(lines, path+" is the person's by an id, and is left")
		case own:
			e.left++
		case !there:
			lines = append(lines, path+" is not the person's, and is gone")
		default:
			if e.others++; inside {
				e.byOwner[before[path]]++
			}
		}
	}

	return lines
}

// mayBeOnes reports whether a row reads things that may belong to one person and can be
// deleted.
func mayBeOnes(row string) bool {
	return slices.ContainsFunc(azureml.DeleteOperations(), func(d azureml.DeleteOperation) bool { return d.Personal && d.Reads == row })
}
