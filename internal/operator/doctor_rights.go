package operator

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// checkRights compares what the identity's roles grant on each allowed resource group with
// what the worker needs there. ARM answers this for resource groups only.
func (d *doctor) checkRights(ctx context.Context) {
	directory, done := d.directory()
	if directory == nil {
		return
	}
	defer done()

	for _, scope := range d.settings.AllowedScopes {
		group, err := dsr.ParseTarget(scope, "")
		if err == nil && group.Level == dsr.ResourceGroup {
			d.checkGroupRights(ctx, directory, group)
		}
	}
}

// directory returns a look at Azure ML, and what ends it; nil without an identity, which is
// a finding of its own.
func (d *doctor) directory() (directory *azureml.Directory, done func()) {
	client, err := d.settings.DialUpstream(nil)
	if err != nil {
		return nil, nil
	}
	return azureml.NewDirectory(client), client.Close
}

// checkGroupRights compares what is granted on one resource group. Whether that may be asked
// is no condition of the worker, so a refusal is no failure.
func (d *doctor) checkGroupRights(ctx context.Context, directory *azureml.Directory, group dsr.Target) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()

	what := "roles on " + group.ID()
	granted, err := directory.Permissions(ctx, group)
	if dsr.StatusOf(err) == http.StatusForbidden || dsr.StatusOf(err) == http.StatusNotFound {
		d.add(Finding{OK: true, What: what, Detail: "they may not be seen; whether they suffice shows when a workspace is read"})
		return
	}
	if err != nil {
		d.add(d.explainUpstream(group.ID(), "")(err).finding(what))
		return
	}

	roles := []string{"ml-reader"}
	if d.settings.DeletesEnabled {
		roles = append(roles, "ml-deleter")
	}
	found := Finding{OK: true, What: what, Detail: "they grant what the worker needs"}
	for _, name := range roles {
		if r := definedRole(name); len(lacking(granted, r.Actions)) > 0 {
			found = fault{
				detail:  "they lack " + strings.Join(lacking(granted, r.Actions), ", "),
				remedy:  "grant the role " + r.Name + " (infra/roles/" + name + ".json), or add what it lacks to the one that is granted",
				command: d.grant(r.Name+" (GROUP)", group.ID()),
			}.finding(what)
			break
		}
	}
	d.add(found)
}

// roleDefinition is what is read of a file of infra/roles.
type roleDefinition struct {
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

func definedRole(name string) (r roleDefinition) {
	text, err := azuremldsr.Roles().Open(name + ".json")
	if err == nil {
		defer text.Close()
		err = json.NewDecoder(text).Decode(&r)
	}
	if err != nil {
		panic(err) // the files are embedded
	}
	return r
}

// lacking returns the needed actions that no permission grants, in order. An action that is
// needed with an asterisk is granted by one that reaches as far.
func lacking(granted []azureml.Permission, needed []string) (lack []string) {
	for _, action := range needed {
		if !slices.ContainsFunc(granted, func(p azureml.Permission) bool { return grants(p, action) }) {
			lack = append(lack, action)
		}
	}
	return lack
}

// grants reports whether a permission has the whole of an action. It doesn't where it takes
// a part of the action away again.
func grants(p azureml.Permission, action string) bool {
	covers := func(pattern string) bool { return matches(pattern, action) }
	takes := func(pattern string) bool { return matches(pattern, action) || matches(action, pattern) }
	return slices.ContainsFunc(p.Actions, covers) && !slices.ContainsFunc(p.NotActions, takes)
}

// matches reports whether a pattern has an action. Case doesn't count, and an asterisk
// stands for any text.
func matches(pattern, action string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	ok, err := regexp.MatchString("^"+strings.Join(parts, ".*")+"$", strings.ToLower(action))
	return err == nil && ok
}
