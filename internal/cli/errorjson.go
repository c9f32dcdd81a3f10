package cli

import (
	"encoding/json"
	"errors"
	"io"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// Codes of an error in JSON.
const (
	codeUsage    = "WrongUsage"
	codeSettings = "WrongSettings"
	codeInvalid  = "Invalid"
	codeNotFound = "NotFound"
	codeRefused  = "Refused"
	codeNotGood  = "NotGood"
	codeFailed   = "Failed"
)

// jsonError is an error as every command with --json writes it, alone in an object with the
// member error.
type jsonError struct {
	Code     string        `json:"code"`
	Message  string        `json:"message"`
	Field    string        `json:"field,omitempty"`  // the input that is wrong, as JSON names it
	Reason   string        `json:"reason,omitempty"` // a Reason of package dsr
	ExitCode int           `json:"exitCode"`
	Settings []jsonSetting `json:"settings,omitempty"`
}

// jsonSetting is a setting that is wrong.
type jsonSetting struct {
	Setting string `json:"setting"`
	Problem string `json:"problem"`
}

// writeJSONError writes an error as one line of JSON.
func writeJSONError(w io.Writer, err error) {
	out := jsonError{
		Code:     codeOfError(err),
		Message:  err.Error(),
		ExitCode: ExitCode(err),
	}

	if input, ok := errors.AsType[*operator.Error](err); ok {
		out.Field = input.Field
	}
	if failed, ok := errors.AsType[*dsr.Error](err); ok {
		out.Reason = failed.Reason
	}
	if faults, ok := errors.AsType[config.Error](err); ok {
		for _, f := range faults {
			out.Settings = append(out.Settings, jsonSetting{Setting: f.Setting, Problem: f.Problem})
		}
	}

	_ = json.NewEncoder(w).Encode(map[string]jsonError{"error": out}) // nowhere left to complain
}

// codeOfError returns the code that says what kind of error it is.
func codeOfError(err error) string {
	switch operator.KindOf(err) {
	case operator.Invalid:
		return codeInvalid
	case operator.NotFound:
		return codeNotFound
	case operator.Refused:
		return codeRefused
	}

	_, settings := errors.AsType[config.Error](err)
	_, source := errors.AsType[*config.SourceError](err)
	switch code := ExitCode(err); {
	case settings, source:
		return codeSettings
	case code == ExitUsage:
		return codeUsage
	case code == ExitNotFound:
		return codeNotFound
	case code == ExitNotGood:
		return codeNotGood
	default:
		return codeFailed
	}
}
