package fakeml

import (
	"fmt"
	"strconv"
	"time"
)

// model has the members of the published Model. Every other url is a signed link,
// which is a secret.
func (s *Server) model(at place) []byte {
	a := &s.account
	id := a.ModelID(at.item)
	created := s.created("model", at, at.item)
	link := "aml://artifact/" + a.guid(ofModel, uint64(at.item))
	if at.item%2 == 1 {
		link = a.signedBlob(at, ofModel, "model.pkl")
	}

	fields := []field{
		{"id", text(id)},
		{"name", text(fmt.Sprintf("classifier-%d", at.item%9))},
		{"version", strconv.FormatUint(1<<53+1+uint64(at.item)*2, 10)},
		{"framework", text("Custom")},
		{"frameworkVersion", "null"},
		{"description", `"Erkl\u00e4rung \u2014 説明"`},
		{"url", text(link)},
		{"mimeType", text("application/octet-stream")},
		{"createdTime", stamp(created)},
		{"modifiedTime", stamp(created.Add(5 * time.Minute))},
		{"unpack", "false"},
		{"kvTags", a.ownerTags(at.item+1, ofModel, at)},
		{"properties", "{ }"},
		{"datasets", "[]"},
	}

	return []byte(object(at.item, rotate(at.item, fields)...))
}
