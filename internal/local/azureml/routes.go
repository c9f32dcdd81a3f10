package azureml

import (
	"net/http"
	"net/url"
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
)

// route is one row of the endpoint table. Exactly one of document, list, link,
// deletes and polls is set, but for content, which has none.
type route struct {
	endpoint string
	plane    plane
	// flat marks the provider whose errors on ARM have no outer object.
	flat bool
	// version is the only api-version that is accepted; "" means that none is.
	version string
	// query is the parameter that names an artifact, for a row whose path doesn't.
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
	// kind is that of the innermost thing on the path; allRoutes sets it.
	kind string
}

// allRoutes joins the tables of the planes. A new row goes into its plane's table.
func allRoutes() []route {
	var all []route
	for _, table := range [][]route{armRoutes(), modelManagementRoutes(), historyRoutes(), artifactRoutes(), notificationRoutes(), contentRoutes(), operationRoutes()} {
		all = append(all, table...)
	}
	for i := range all {
		all[i].kind = innermost(all[i].pattern)
	}
	return all
}

func (r *route) verb() string {
	if r.deletes {
		return http.MethodDelete
	}
	return http.MethodGet
}

// find returns the row of a request and the variables of its path. Without one
// it says whether the path would have had a row for another method.
func (s *Server) find(r *http.Request) (row *route, vars map[string]string, otherMethod bool) {
	path := r.URL.EscapedPath()
	for i := range s.routes {
		candidate := &s.routes[i]
		vars, ok := match(candidate.pattern, path, candidate.plane == planeARM)
		if ok && candidate.verb() == r.Method {
			if candidate.query != "" {
				vars["artifact"] = r.URL.Query().Get(candidate.query)
			}
			return candidate, vars, false
		}
		otherMethod = otherMethod || ok
	}
	return nil, nil, otherMethod
}

// match compares an escaped path with a pattern, segment by segment, so that an
// escaped slash stays inside its segment. No variable is empty.
func match(pattern, path string, ignoreCase bool) (map[string]string, bool) {
	wants, has := strings.Split(pattern, "/"), strings.Split(path, "/")
	vars := make(map[string]string)
	for i, want := range wants {
		if i >= len(has) {
			return nil, false
		}
		if name, ok := strings.CutSuffix(want, "...}"); ok {
			rest, ok := unescapeAll(has[i:])
			vars[name[1:]] = rest
			return vars, ok
		}
		segment, err := url.PathUnescape(has[i])
		if err != nil {
			return nil, false
		}
		switch {
		case strings.HasPrefix(want, "{"):
			if segment == "" {
				return nil, false
			}
			vars[want[1:len(want)-1]] = segment
		case segment != want && (!ignoreCase || !strings.EqualFold(segment, want)):
			return nil, false
		}
	}
	return vars, len(wants) == len(has)
}

// unescapeAll joins segments again. A segment that hides a slash is refused:
// the path is one of separators, each segment escaped on its own.
func unescapeAll(segments []string) (string, bool) {
	plain := make([]string, len(segments))
	for i, segment := range segments {
		unescaped, err := url.PathUnescape(segment)
		if err != nil || unescaped == "" || strings.Contains(unescaped, "/") {
			return "", false
		}
		plain[i] = unescaped
	}
	return strings.Join(plain, "/"), true
}

// planeOf guesses the service of a path that has no row.
func planeOf(path string) plane {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch strings.ToLower(first) {
	case "api":
		return planeMM
	case "history", "artifact", "notification":
		return planeEXP
	case "_content":
		return planeContent
	}
	return planeARM
}
