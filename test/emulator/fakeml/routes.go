package fakeml

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// plane is a service behind the origin; it decides the shape of errors, the
// name of the cursor and whether case matters in paths.
type plane int

const (
	planeARM plane = iota
	planeMM
	planeEXP
	planeContent
	planeML        // run history, metrics, artifacts and data of the second generation
	planeRegistry  // its model registry
	planeDiscovery // where its data plane is
	planeAgents    // agents and chats of AI projects
	planeGeneric   // evaluations, generic assets and deployment templates
)

// route is one row of the endpoint table. Exactly one of document, list, link,
// deletes and polls is set, but for content, which has none.
type route struct {
	endpoint string
	plane    plane
	// flat marks the provider whose errors on ARM have no outer object.
	flat bool
	// second marks the second generation, which is only there if the account has it.
	second bool
	// method is POST where the row is neither a GET nor a DELETE.
	method string
	// lax marks a row that is not meant to be called, and answers anything.
	lax bool
	// cursor is the name of the parameter with a list's cursor, if not the plane's.
	cursor string
	// only is a query parameter without which the row isn't meant.
	only string
	// whole marks a list of the agent service that has no pages.
	whole bool
	// archives marks a list that hides what is archived.
	archives bool
	// body says which variables a body names.
	body func(*query) map[string]string
	// version is the only api-version that is accepted; "" means that none is.
	version string
	// oldest is the oldest api-version that is accepted too; "" is the version alone.
	oldest string
	// query has {name} as the value of a parameter that names what the path doesn't.
	query string
	// pattern has {name} for one segment and {name...} for the rest of the path.
	pattern  string
	document func(*Server, place) []byte
	list     func(*Server, place) list
	link     func(s *Server, at place, link string) []byte
	// items is the kind of the things that a list lists, "" for what can't be
	// deleted one by one.
	items string
	// deletes marks a DELETE of the path's innermost thing, and operations is the
	// path below which a long-running one is polled.
	deletes    bool
	operations string
	polls      func(*Server, *call, deletion)
	// how says how a DELETE of this row goes where nothing says more, and silent
	// that a 202 has no header that leads to its end.
	how    Deletion
	silent bool
	// refuses says why a DELETE is built wrongly for what it names; nil never does.
	refuses func(*Server, *call) *problem
	// kind is that of the innermost thing on the path, if a table doesn't say
	// another; allRoutes sets it. alias marks a second path of that thing itself.
	kind  string
	alias bool
	// segments are those of the pattern; allRoutes sets them.
	segments []string
}

// allRoutes joins the tables of the planes. A new row goes into its plane's table.
func allRoutes() []route {
	var all []route
	for _, table := range [][]route{
		armRoutes(), modelManagementRoutes(), historyRoutes(), artifactRoutes(), notificationRoutes(), mlOtherRoutes(), contentRoutes(), operationRoutes(),
		mlARMRoutes(), mlDataRoutes(), mlDeleteRoutes(), mlNeverRoutes(), agentRoutes(), genericRoutes(),
	} {
		all = append(all, table...)
	}
	for i := range all {
		all[i].segments = strings.Split(all[i].pattern, "/")
		first(&all[i].kind, innermost(all[i].pattern))
	}
	return all
}

// asked returns the parameter of the query and the variable that it names.
func (r *route) asked() (name, variable string) {
	name, value, _ := strings.Cut(r.query, "=")
	return name, strings.Trim(value, "{}")
}

// takes reports whether a row is asked for by an api-version. Those of one service begin
// with their dates.
func (r *route) takes(version string) bool {
	return version == r.version || (r.oldest != "" && r.oldest <= version && version <= r.version)
}

func (r *route) verb() string {
	switch {
	case r.method != "":
		return r.method
	case r.deletes:
		return http.MethodDelete
	}
	return http.MethodGet
}

// find returns the row of a request and the variables of its path, its query and
// its body. Two rows may have one path and differ in their api-version. Without a
// row it reports whether the path would have had one for another method.
func (s *Server) find(r *http.Request, q *query) (row *route, vars map[string]string, otherMethod bool) {
	path := strings.Split(r.URL.EscapedPath(), "/")
	version := r.URL.Query().Get("api-version")
	for i := range s.routes {
		candidate := &s.routes[i]
		if row != nil && !candidate.takes(version) {
			continue
		}
		if candidate.only != "" && !r.URL.Query().Has(candidate.only) {
			continue
		}
		found, ok := matchSegments(candidate.segments, path, candidate.plane == planeARM)
		if !ok {
			continue
		}

		otherMethod = true

		if candidate.verb() == r.Method {
			row, vars = candidate, found
			if candidate.takes(version) {
				break
			}
		}
	}
	if row == nil {
		return nil, nil, otherMethod
	}

	if row.query != "" {
		name, variable := row.asked()
		vars[variable] = r.URL.Query().Get(name)
	}

	if row.body != nil {
		maps.Copy(vars, row.body(q))
	}

	return row, vars, false
}

// planeOf guesses the service of a path that has no row.
func planeOf(path string) plane {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	special := []string{"modelregistry", "agents", "raisvc", "genericasset"}
	if strings.HasPrefix(rest, "v") && strings.Contains(rest, mlProvider) && !slices.Contains(special, first) {
		return planeML
	}

	switch strings.ToLower(first) {
	case "agents":
		return planeAgents
	case "raisvc", "genericasset":
		return planeGeneric
	case "api":
		return planeMM
	case "modelregistry":
		return planeRegistry
	case "metric", "dataset", "data":
		return planeML
	case "history", "artifact", "notification":
		return planeEXP
	case "_content":
		return planeContent
	}

	return planeARM
}
