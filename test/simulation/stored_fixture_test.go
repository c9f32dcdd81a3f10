package simulation_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

// storedBlob is a blob of one of the three containers, in a file of testdata.
type storedBlob struct {
	Container string            `json:"container"`
	Name      string            `json:"name"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Body      []byte            `json:"body"`
}

// storedMessage is a message that waits in a queue.
type storedMessage struct {
	Queue      string         `json:"queue"`
	ID         string         `json:"id"`
	Body       string         `json:"body"`
	Properties map[string]any `json:"properties,omitempty"`
	NotBefore  time.Time      `json:"notBefore,omitzero"`
}

// storedWorld is all that outlives a worker: its blobs and its messages, at one moment.
type storedWorld struct {
	At       time.Time       `json:"at"`
	Blobs    []storedBlob    `json:"blobs"`
	Messages []storedMessage `json:"messages"`
}

// containersOf names the three containers.
func containersOf(audit, exports, index archive.Backend) map[string]archive.Backend {
	return map[string]archive.Backend{"dsr-audit": audit, "dsr-exports": exports, "dsr-index": index}
}

// takeStored returns what is stored now.
func takeStored(t testing.TB, containers map[string]archive.Backend, queues map[string]*queue.Queue) storedWorld {
	t.Helper()
	w := storedWorld{At: time.Now().UTC()}
	for _, container := range []string{"dsr-audit", "dsr-exports", "dsr-index"} {
		b := containers[container]
		for info, err := range b.List(context.Background(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			body, _, err := b.Open(context.Background(), info.Name, 0)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			_ = body.Close()
			w.Blobs = append(w.Blobs, storedBlob{container, info.Name, info.Metadata, text})
		}
	}

	for name, q := range queues {
		for _, d := range q.Peek(0, 1<<20) {
			m := d.Payload.(dsr.Message)
			w.Messages = append(w.Messages, storedMessage{name, m.ID, string(m.Body), m.Properties, d.ScheduledFor})
		}
	}

	return w
}

// put stores what was taken, in containers and queues that are empty.
func (w storedWorld) put(t testing.TB, containers map[string]archive.Backend, queues map[string]*queue.Queue) {
	t.Helper()
	for _, b := range w.Blobs {
		if err := containers[b.Container].Put(context.Background(), b.Name, b.Body, b.Metadata); err != nil {
			t.Fatal(err)
		}
	}

	for _, m := range w.Messages {
		payload := dsr.Message{ID: m.ID, Body: []byte(m.Body), Properties: m.Properties, NotBefore: m.NotBefore}
		if _, err := queues[m.Queue].Send(queue.Message{
			ID:           m.ID,
			Size:         len(m.Body),
			Payload:      payload,
			ScheduledFor: m.NotBefore,
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// readStored reads what an earlier version has stored, from a file of testdata.
func readStored(t testing.TB, file string) (w storedWorld) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(z).Decode(&w)
	}
	if err != nil {
		t.Fatal(err)
	}

	return w
}
