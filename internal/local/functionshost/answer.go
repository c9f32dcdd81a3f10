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

// judge decides what an answer means: nil is success. An answer's content is
// not repeated in errors.
func judge(resp *http.Response, log *slog.Logger) error {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("response status code does not indicate success: %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("reading the handler's answer: %w", err)
	}
	if len(body) > maxAnswer {
		return errors.New("the handler's answer is too large")
	}
	if text := bytes.TrimSpace(body); len(text) == 0 || string(text) == "null" {
		return errNoAnswer
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media != "application/json" && media != "text/json" {
		return fmt.Errorf("the handler's answer has content type %q, not JSON", media)
	}
	logs, err := parseAnswer(body)
	if err != nil {
		return err
	}
	for _, line := range logs {
		log.Info("function log", "line", line)
	}
	return nil
}

// parseAnswer checks the shape of an answer and returns its Logs.
func parseAnswer(body []byte) ([]string, error) {
	var answer struct {
		Outputs     map[string]any
		Logs        []json.RawMessage
		ReturnValue any
	}
	if bytes.TrimSpace(body)[0] != '{' || json.Unmarshal(body, &answer) != nil {
		return nil, errors.New("the handler's answer is not a JSON object with Outputs, Logs and ReturnValue")
	}
	logs := make([]string, 0, len(answer.Logs))
	for _, raw := range answer.Logs {
		if raw[0] == '{' || raw[0] == '[' {
			return nil, errors.New("the handler's answer has something other than text in Logs")
		}
		var line string
		if json.Unmarshal(raw, &line) != nil {
			line = string(raw) // a number or boolean, which .NET reads as text
		}
		logs = append(logs, line)
	}
	return logs, nil
}
