package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// upstream answers calls by what they are: the row's id, the item, the entry and the
// cursor, those that a call has, with blanks between.
type upstream struct {
	answers map[string]string
	errors  map[string]error
	// other answers what neither names; nil: nothing does.
	other func(azureml.Call) (string, error)

	mu    sync.Mutex
	calls map[string]int
}

func keyOf(call azureml.Call) string {
	key := call.Operation.ID
	for _, part := range []string{call.Item, call.Entry, call.Cursor} {
		if part != "" {
			key += " " + part
		}
	}
	return key
}

func (u *upstream) Get(_ context.Context, call azureml.Call) (*azureml.Answer, error) {
	key := keyOf(call)
	u.mu.Lock()

	if u.calls == nil {
		u.calls = map[string]int{}
	}

	u.calls[key]++
	u.mu.Unlock()
	text, ok := u.answers[key]
	err := u.errors[key]
	if !ok && err == nil && u.other != nil {
		text, err = u.other(call)
	} else if !ok && err == nil {
		err = fmt.Errorf("an unexpected call: %s", key)
	}
	if err != nil {
		return nil, err
	}

	url, _ := u.URL(call)
	return &azureml.Answer{
		URL:         url,
		Status:      200,
		RetrievedAt: time.Unix(1, 0),
		Body:        io.NopCloser(strings.NewReader(text)),
		Length:      -1,
	}, nil
}

func (u *upstream) URL(call azureml.Call) (string, error) {
	return "https://upstream/" + strings.ReplaceAll(keyOf(call), " ", "/"), nil
}

func (u *upstream) OpenContent(context.Context, string, int64, int64, string) (*azureml.Content, error) {
	return nil, fmt.Errorf("an unexpected call")
}

// refused is an answer of the upstream that refuses for good.
func refused(status int, reason string) error {
	e := dsr.Errorf(dsr.Permanent, reason, "refused")
	e.Status = status
	return e
}

type anna struct{}

func (anna) Subject(context.Context, string) (*dsr.Subject, error) {
	return &dsr.Subject{ObjectID: "oid-anna"}, nil
}

const request = "2b1c6b3e-8b0e-4c6f-9d5e-0c1f2a3b4c5d"

// jobOf is the first task of a node of a type.
func jobOf(typ string) task.Job {
	place := dsr.Target{
		Level:          dsr.MachineLearningExperiment,
		SubscriptionID: "sub",
		ResourceGroup:  "rg",
		Workspace:      "ws",
		Name:           "exp",
		API:            "https://eastus2.api.azureml.ms",
	}
	return task.Job{
		Task: dsr.Task{
			SchemaVersion: dsr.SchemaVersion,
			RequestID:     request,
			Attempt:       1,
			Node:          "00001",
			Pass:          1,
			Page:          1,
			Type:          typ,
		},
		Target:     place,
		Kind:       dsr.KindExport,
		Deliveries: 1,
	}
}

func workerOf(u *upstream) (*Worker, *memory.Backend) {
	b := memory.New()
	return New(u, archive.New(b, nil), anna{}, Options{}), b
}

// stored is an entry of a part with its document.
type stored struct {
	dsr.Entry
	Document json.RawMessage `json:"document"`
}

// partOf reads a part back; nil where there is none.
func partOf(t *testing.T, b *memory.Backend, name string) []stored {
	t.Helper()
	r, _, err := b.Open(t.Context(), name, 0)
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var out []stored
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}

	return out
}

// wantRefused checks the class, and that nothing was stored.
func wantRefused(t *testing.T, err error, class dsr.Class, reason string, b *memory.Backend) {
	t.Helper()
	if dsr.ClassOf(err) != class || dsr.ReasonOf(err) != reason {
		t.Errorf("got %v of class %s, want %s %s", err, dsr.ClassOf(err), class, reason)
	}
	for info := range b.List(t.Context(), "", "") {
		t.Errorf("%s was stored", info.Name)
	}
}

// tooLong is a whole page with blanks behind it that reach past what is held: cut
// off there it would pass for a page.
func tooLong() string {
	filler := strings.Repeat(`"`+strings.Repeat("x", heldPage/16)+`",`, 15)
	return `{"value":[],"x":[` + filler + `0],"continuationToken":null}` + strings.Repeat(" ", heldPage/8)
}
