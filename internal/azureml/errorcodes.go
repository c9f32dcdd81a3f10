package azureml

import "encoding/json"

// maxErrorDepth is how deep the errors of an answer are read that stand in one another.
const maxErrorDepth = 8

// errorCodes returns the codes in the body of an error answer, outer ones first: an error's
// own, those of its inner errors and those of its details. Codes are hostile input like the
// rest of the body, so they may only be compared.
func errorCodes(text []byte) []string {
	var nested struct{ Error json.RawMessage }
	if json.Unmarshal(text, &nested) == nil && len(nested.Error) > 0 {
		text = nested.Error
	}

	var codes []string
	collectCodes(text, maxErrorDepth, &codes)
	return codes
}

func collectCodes(text []byte, depth int, codes *[]string) {
	var e struct {
		Code       json.RawMessage
		InnerError json.RawMessage // spelled innererror and innerError
		Error      json.RawMessage
		Details    []json.RawMessage
	}
	if depth == 0 || len(text) == 0 {
		return
	}
	_ = json.Unmarshal(text, &e) // what is of another type has no code

	var code string
	if json.Unmarshal(e.Code, &code) == nil && code != "" {
		*codes = append(*codes, code)
	}

	for _, inner := range append([]json.RawMessage{e.InnerError, e.Error}, e.Details...) {
		collectCodes(inner, depth-1, codes)
	}
}
