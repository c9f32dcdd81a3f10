package fakeml

import "fmt"

func (s *Server) assets(at place) list { return listOf(s, s.account.Assets, at, (*Server).asset) }

// asset has the members of the published Asset.
func (s *Server) asset(at place) []byte {
	a := &s.account
	name := a.nameOf("asset", at)
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.guid(at.parts(ofAsset)...))},
		{"name", text(name)},
		{"description", `"Gr\u00f6\u00dfe \u2014 資産"`},
		{"artifacts", "[ " + object(at.item+1, field{"id", text(fmt.Sprintf("ExperimentRun/%s/outputs", a.RunID(at.ws, at.project, 0)))}, field{"prefix", text("outputs/")}) + " ]"},
		{"kvTags", a.ownerTags(at.item+2, ofAsset, at)},
		{"properties", "{ }"},
		{"runid", text(a.RunID(at.ws, at.project, 0))},
		{"meta", "null"},
		{"createdTime", moment(at.item)},
	})...))
}
