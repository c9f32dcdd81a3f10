package simulation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"

	azuremldsr "azureml-dsr"
	"azureml-dsr/handlers"
	"azureml-dsr/internal/customhandler"
)

// hostTrace is the trace of the Functions host, another one than those of requests.
const hostTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// posting calls the functions as the Functions host does: by a POST to the handler's server.
type posting struct {
	server http.Handler
	byName map[string]string // function by queue
}

func newPosting(functions handlers.Functions, log *slog.Logger) *posting {
	s := customhandler.New(&customhandler.Options{Logger: log})
	functions.Register(s)
	return &posting{server: s.Handler(), byName: functionsByQueue()}
}

// functionsByQueue reads which function serves which queue, as the host does.
func functionsByQueue() map[string]string {
	out := map[string]string{}
	_ = fs.WalkDir(azuremldsr.Functions(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(azuremldsr.Functions(), path)
		if queue := regexp.MustCompile(`"queueName":\s*"([^"]+)"`).FindSubmatch(text); queue != nil {
			out[string(queue[1])] = path[:len(path)-len("/function.json")]
		}
		return err
	})
	return out
}

func (p *posting) function(queue string) func(context.Context, customhandler.Message) error {
	return func(ctx context.Context, m customhandler.Message) error {
		body, err := json.Marshal(map[string]any{
			"Data": map[string]any{"message": m.Body},
			"Metadata": map[string]any{
				"LockToken":             strconv.Quote(uuid.UUID(m.LockToken).String()),
				"MessageId":             strconv.Quote(m.MessageID),
				"DeliveryCount":         strconv.Itoa(m.DeliveryCount),
				"SequenceNumber":        strconv.FormatInt(m.SequenceNumber, 10),
				"EnqueuedTime":          m.EnqueuedTime.UTC().Format(time.RFC3339),
				"ApplicationProperties": m.ApplicationProperties,
			},
		})
		if err != nil {
			return err
		}

		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/"+p.byName[queue], bytes.NewReader(body))
		r.Header.Set("X-Azure-Functions-InvocationId", uuid.NewString())
		r.Header.Set("traceparent", hostTrace)
		rec := httptest.NewRecorder()
		p.server.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			return fmt.Errorf("the handler answers %d", rec.Code)
		}
		return nil
	}
}
