package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"azureml-dsr/internal/dsr"
)

// invocation times posts to a handler without a host, one after another on one
// kept connection, from before the request is written until the answer is read:
// what the handler adds to a function's own work, loopback and our client
// included. Two functions that do next to nothing: bulk_export without scopes,
// which is refused at once; and dsr_close for a request that doesn't exist,
// which makes two look-ups in Azurite and asks the broker to complete a message
// that nobody holds, so that it fails there.
func (b *bench) invocation(ctx context.Context) (err error) {
	h, err := b.startHarness(ctx, harnessOptions{Account: accountOf(0, 0)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	worker, err := b.startHandler(ctx, h.Env())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, worker.stop()) }()

	wakeUp, err := wakeUpInvocation()
	if err != nil {
		return err
	}

	for _, i := range []struct{ what, function, body string }{
		{"invocation that is refused at once", "bulk_export", `{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}},"Metadata":{}}`},
		{"invocation of dsr_close: two look-ups and a settlement", "dsr_close", wakeUp},
	} {
		times, err := invocations(ctx, worker.url+"/"+i.function, i.body, b.sizes.Invocations)
		if err != nil {
			return fmt.Errorf("%s: %w", i.function, err)
		}
		b.results.add(row{
			what:   fmt.Sprintf("%s, p50 / p99 of %s", i.what, count(len(times))),
			worker: milliseconds(percentile(times, 50)) + " / " + milliseconds(percentile(times, 99)),
		})
	}

	return nil
}

// wakeUpInvocation is a wake-up for a request that doesn't exist, as the host
// would post it.
func wakeUpInvocation() (string, error) {
	m, err := dsr.WakeUpMessage(dsr.Attempt{RequestID: "none", Number: 1}, time.Now())
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]any{
		"Data": map[string]string{"message": base64.StdEncoding.EncodeToString(m.Body)},
		"Metadata": map[string]any{
			"MessageId": m.ID, "ContentType": "application/json", "LockToken": uuid.NewString(),
			"DeliveryCount": "1", "SequenceNumber": "1", "EnqueuedTimeUtc": "2026-11-24T10:00:00", "ApplicationProperties": m.Properties,
		},
	})
	return string(body), err
}

// invocations posts n times, after a tenth as many to warm up.
func invocations(ctx context.Context, url, body string, n int) ([]time.Duration, error) {
	client := &http.Client{}
	defer client.CloseIdleConnections()

	times := make([]time.Duration, 0, n)
	for i := range n + n/10 {
		took, err := post(ctx, client, url, body)
		if err != nil {
			return nil, err
		}
		if i >= n/10 {
			times = append(times, took)
		}
	}

	return times, nil
}

func post(ctx context.Context, client *http.Client, url, body string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}

	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("X-Azure-Functions-InvocationId", uuid.NewString())
	began := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("invoking: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, fmt.Errorf("reading an answer: %w", err)
	}

	took := time.Since(began)
	if resp.StatusCode == http.StatusNotFound {
		return 0, errors.New("the handler has no such function")
	}

	return took, nil
}
