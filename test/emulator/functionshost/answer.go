package functionshost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// errNoAnswer stands for a good status with nothing in the body: the real host
// then waits for ever.
var errNoAnswer = errors.New("the handler answered with an empty body")

// answer is what a handler returns of an invocation that succeeded.
type answer struct {
	outputs map[string]json.RawMessage // by the output binding's name, case-sensitive
	value   json.RawMessage            // ReturnValue
}

// judge parses an answer, and returns an error when the invocation failed.
//
// When an answer has a good status and can't be understood, its body goes to the
// error log, as in the real host: a test then finds personal data that a handler
// answers with. With a bad status the body is dropped.
func judge(resp *http.Response, log *slog.Logger) (answer, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return answer{}, fmt.Errorf("response status code does not indicate success: %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, fmt.Errorf("reading the handler's answer: %w", err)
	}
	if len(body) > maxAnswer {
		return answer{}, errors.New("the handler's answer is too large")
	}
	if text := bytes.TrimSpace(body); len(text) == 0 || string(text) == "null" {
		return answer{}, errNoAnswer
	}

	a, logs, err := parseAnswer(resp.Header.Get("Content-Type"), body)
	if err != nil {
		log.Error("invalid answer", "status", resp.StatusCode, "body", string(body))
		return answer{}, err
	}

	for _, line := range logs {
		log.Info("function log", "line", line)
	}

	return a, nil
}

// parseAnswer reads an answer and its Logs. Top-level names ignore case.
func parseAnswer(contentType string, body []byte) (answer, []string, error) {
	if media, _, _ := mime.ParseMediaType(contentType); media != "application/json" && media != "text/json" {
		return answer{}, nil, fmt.Errorf("the handler's answer has content type %q, not JSON", media)
	}
	var parsed struct {
		Outputs     map[string]json.RawMessage
		Logs        []json.RawMessage
		ReturnValue json.RawMessage
	}
	if bytes.TrimSpace(body)[0] != '{' || json.Unmarshal(body, &parsed) != nil {
		return answer{}, nil, errors.New("the handler's answer is not a JSON object with Outputs, Logs and ReturnValue")
	}

	logs, err := logLines(parsed.Logs)
	return answer{outputs: parsed.Outputs, value: parsed.ReturnValue}, logs, err
}

// logLines returns the texts of Logs; .NET makes one of a number or boolean.
func logLines(raw []json.RawMessage) ([]string, error) {
	lines := make([]string, 0, len(raw))
	for _, r := range raw {
		if r[0] == '{' || r[0] == '[' {
			return nil, errors.New("the handler's answer has something other than text in Logs")
		}
		var line string
		if json.Unmarshal(r, &line) != nil {
			line = string(r)
		}
		lines = append(lines, line)
	}
	return lines, nil
}
