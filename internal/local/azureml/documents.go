package azureml

import (
	"iter"
	"net/url"
	"strings"
)

// documents yields the documents of the account, of each row that answers with
// one.
func (s *Server) documents(yield func(string, []byte) bool) {
	base := ""
	if set := s.base.Load(); set != nil {
		base = *set
	}
	for i := range s.routes {
		row := &s.routes[i]
		if row.document == nil && row.link == nil || !s.account.has(row) {
			continue
		}
		for at := range s.account.places(row) {
			if t, ok := row.thing(at); ok && !s.deletions.shows(t) || s.wentWithTheOld(row, at) {
				continue
			}
			path := s.account.fill(row.pattern, at)
			switch {
			case row.version != "":
				path += "?api-version=" + row.version
			case row.query != "":
				path += "?" + row.query + "=" + url.QueryEscape(s.account.ArtifactPath(at.artifact))
			}
			if !yield(path, s.documentAt(row, at, base)) {
				return
			}
		}
	}
}

func (s *Server) documentAt(row *route, at place, base string) []byte {
	if row.link != nil {
		return row.link(s, at, base+s.account.contentURI(at))
	}
	return row.document(s, at)
}

// has reports whether the account that a row's path names exists at all.
func (a *Account) has(row *route) bool {
	return (a.Experimentation != "" || !strings.Contains(row.pattern, "{experimentation}")) &&
		(a.ModelManagement != "" || !strings.Contains(row.pattern, "{modelManagement}"))
}

// places yields every place that a row can lead to.
func (a *Account) places(row *route) iter.Seq[place] {
	count := func(name string, n int) int {
		if strings.Contains(row.pattern, "{"+name) {
			return n
		}
		return 1
	}
	sizes := [...]int{
		count("workspace}", a.Workspaces), count("project}", a.Projects), count("run}", a.Runs),
		count("artifact...", a.ArtifactsPerRun), count("machineLearning}", a.MachineLearningWorkspaces), 1,
	}
	if row.query != "" {
		sizes[3] = a.ArtifactsPerRun
	}
	for _, k := range a.kinds() {
		sizes[5] *= count(k.variable+"}", k.count)
	}
	return func(yield func(place) bool) {
		total := 1
		for _, size := range sizes {
			total *= max(size, 0)
		}
		for n := range total {
			var digits [len(sizes)]int // n in the mixed base of the sizes
			rest := n
			for i := len(sizes) - 1; i >= 0; i-- {
				digits[i], rest = rest%sizes[i], rest/sizes[i]
			}
			at := place{ws: digits[0], project: digits[1], run: digits[2], artifact: digits[3], ml: digits[4], item: digits[5]}
			if !yield(at) {
				return
			}
		}
	}
}

// fill puts escaped names into a pattern.
func (a *Account) fill(pattern string, at place) string {
	names := []string{
		"{subscription}", url.PathEscape(a.SubscriptionID),
		"{resourceGroup}", url.PathEscape(a.ResourceGroup),
		"{experimentation}", url.PathEscape(a.Experimentation),
		"{modelManagement}", url.PathEscape(a.ModelManagement),
		"{location}", url.PathEscape(a.Location),
		"{workspace}", url.PathEscape(a.WorkspaceName(at.ws)),
		"{project}", url.PathEscape(a.ProjectName(at.project)),
		"{machineLearning}", url.PathEscape(a.MachineLearningName(at.ml)),
		"{run}", url.PathEscape(a.RunID(at.ws, at.project, at.run)),
		"{artifact...}", escapePath(a.ArtifactPath(at.artifact)),
	}
	for _, k := range a.kinds() {
		names = append(names, "{"+k.variable+"}", url.PathEscape(k.name(at)))
	}
	return strings.NewReplacer(names...).Replace(pattern)
}
