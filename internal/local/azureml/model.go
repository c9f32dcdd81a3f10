package azureml

import (
	"fmt"
	"strconv"
)

// modelDocument has the members of the published Model.
func (a *Account) modelDocument(at place) []byte {
	id := a.ModelID(at.model)
	fields := []field{
		{"id", text(id)},
		{"name", text(fmt.Sprintf("classifier-%d", at.model%9))},
		{"version", strconv.FormatUint(1<<53+1+uint64(at.model)*2, 10)},
		{"framework", text("Custom")},
		{"frameworkVersion", "null"},
		{"description", `"Erkl\u00e4rung \u2014 説明"`},
		{"url", text("aml://artifact/" + a.guid(ofModel, uint64(at.model)))},
		{"mimeType", text("application/octet-stream")},
		{"createdTime", moment(at.model)},
		{"modifiedTime", moment(at.model + 5)},
		{"unpack", "false"},
		{"kvTags", object(at.model+1, field{"owner", text("Dana Übersdottir 丹娜")})},
		{"properties", "{ }"},
		{"datasets", "[]"},
	}
	return []byte(object(at.model, rotate(at.model, fields)...))
}
