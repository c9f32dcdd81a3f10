package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// api reads from Azure ML, and by signed links from its storage.
type api struct {
	token         string
	azure, signed *http.Client
}

func newAPI(token string, connections int) *api {
	client := func() *http.Client {
		const timeout = 5 * time.Minute
		return &http.Client{Transport: newTransport(connections), Timeout: timeout}
	}
	return &api{token: token, azure: client(), signed: client()}
}

// newTransport keeps the connections that it opens, up to a number per host.
func newTransport(connections int) *http.Transport {
	return &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}
}

// answer is a document as it came.
type answer struct {
	url  string
	at   time.Time
	body []byte
}

// get reads a document. Anything but a 200 is an error.
func (a *api) get(ctx context.Context, url string) (answer, error) {
	return read(ctx, a.azure, url, "Bearer "+a.token)
}

// content reads the bytes behind a signed link, which takes no token.
func (a *api) content(ctx context.Context, url string) ([]byte, error) {
	got, err := read(ctx, a.signed, url, "")
	return got.body, err
}

func read(ctx context.Context, client *http.Client, url, authorization string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return answer{}, err
	}

	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}

	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("%s answered %s", url, resp.Status)
	}

	got := answer{url: url, at: time.Now().UTC()}
	got.body, err = io.ReadAll(resp.Body)
	return got, err
}

// page is an answer of a list.
type page struct {
	answer
	items []string
	next  string
}

// list reads a page and the names of its items.
func (a *api) list(ctx context.Context, url, key string) (page, error) {
	got, err := a.get(ctx, url)
	if err != nil {
		return page{}, err
	}
	var body struct {
		Value    []map[string]json.RawMessage `json:"value"`
		NextLink string                       `json:"nextLink"`
	}
	if err := json.Unmarshal(got.body, &body); err != nil {
		return page{}, fmt.Errorf("reading %s: %w", url, err)
	}

	p := page{answer: got, next: body.NextLink}
	for _, item := range body.Value {
		var name string
		if err := json.Unmarshal(item[key], &name); err != nil {
			return page{}, fmt.Errorf("reading the %s of an item of %s: %w", key, url, err)
		}
		p.items = append(p.items, name)
	}

	return p, nil
}

// names reads a short list to its end.
func (a *api) names(ctx context.Context, url string) ([]string, error) {
	var all []string
	for url != "" {
		p, err := a.list(ctx, url, "name")
		if err != nil {
			return nil, err
		}
		for _, name := range p.items {
			all = append(all, name[strings.LastIndexByte(name, '/')+1:])
		}
		url = p.next
	}
	return all, nil
}

// escape makes each segment of a path safe and keeps the slashes.
func escape(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(s), "+", "%2B")
	}
	return strings.Join(segments, "/")
}
