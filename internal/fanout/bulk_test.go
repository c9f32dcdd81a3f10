package fanout_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// sentTo keeps the messages that are sent.
type sentTo struct{ messages []dsr.Message }

func (q *sentTo) Send(_ context.Context, _ string, messages ...dsr.Message) error {
	q.messages = append(q.messages, messages...)
	return nil
}

func TestABulkExportAsksForWhatANameStandsFor(t *testing.T) {
	at := time.Date(2026, 11, 29, 2, 0, 0, 0, time.UTC)
	place := dsr.Scope{SubscriptionID: "a"}
	var queue sentTo
	bulk := fanout.Bulk{
		Scopes: []dsr.ScopeEntry{{Name: "research"}, {Place: place}},
		Queue:  &queue,
		Now:    func() time.Time { return at },
		Logger: slog.New(slog.DiscardHandler),
	}
	for range 2 { // two instances
		if err := bulk.Run(t.Context(), at, false); err != nil {
			t.Fatal(err)
		}
	}

	v := newValidator(t)
	v.Scopes = dsr.ScopeNames{Places: map[string][]dsr.Scope{"research": {{SubscriptionID: "b"}, {SubscriptionID: "c"}}}}
	var ids []string
	for _, m := range queue.messages {
		parsed, err := v.Parse(m.Body, at)
		if err == nil {
			parsed, err = parsed.Resolve(v.Scopes)
		}
		if err != nil {
			t.Fatalf("%s: %v", m.Body, err)
		}
		ids = append(ids, parsed.ID)
		if len(ids) == 1 && (len(parsed.Scope) != 2 || parsed.NamedScopes[0].Name != "research") {
			t.Errorf("the name stands for %+v", parsed.Scope)
		}
	}

	if len(ids) != 4 || ids[0] != ids[2] || ids[1] != ids[3] || ids[0] == ids[1] {
		t.Errorf("ids %s", strings.Join(ids, " "))
	}
	body, err := json.Marshal(place)
	if err != nil || ids[1] != dsr.BulkID(string(body), at) {
		t.Errorf("the id of a place is %s: it must stay as it was, %v", ids[1], err)
	}
}
