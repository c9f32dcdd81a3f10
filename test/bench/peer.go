package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/appstack"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/stack"
	"azureml-dsr/test/procfs"
)

// peerFolder holds what a user might pick in the worker's place.
const peerFolder = "test/bench/peers"

// peer is a process that exports what messages of its own queue name.
type peer struct {
	name  string
	queue string
	blobs *container.Client
	cmd   *exec.Cmd
}

// peerQueues are the queues of the peers: the candidates but the loop and the worker.
func peerQueues() servicebus.Config {
	var c servicebus.Config
	for _, name := range candidates[2:] {
		const deliveries = 10
		c.Queues = append(c.Queues, servicebus.QueueConfig{Name: peerQueue(name), LockDuration: time.Minute, MaxDeliveryCount: deliveries})
	}
	return c
}

// peerQueue names the queue of a peer.
func peerQueue(name string) string { return "peer-" + name }

// startBenthos runs the pipeline of export.yaml.
func (h *harness) startBenthos(ctx context.Context, binary string) (*peer, error) {
	_, rest, _ := strings.Cut(appstack.Settings(h.Stack)["ServiceBusConnection"], "Endpoint=sb://")
	address, _, _ := strings.Cut(rest, ";")
	cmd := exec.Command(binary, "-c", filepath.Join(peerFolder, "benthos", "export.yaml")) //nolint:noctx // stop ends it
	cmd.Env = []string{"BUS=amqp://" + address, "BUS_USER=bench", "BUS_KEY=bench"}

	return h.startPeer(ctx, "benthos", cmd)
}

// startNode runs worker.mjs.
func (h *harness) startNode(ctx context.Context) (*peer, error) {
	cmd := exec.Command("node", filepath.Join(".bin", "peer-node", "worker.mjs")) //nolint:noctx // stop ends it
	cmd.Env = []string{"BUS=" + appstack.Settings(h.Stack)["ServiceBusConnection"]}
	return h.startPeer(ctx, "node", cmd)
}

// startPeer makes the peer's container and starts its process.
func (h *harness) startPeer(ctx context.Context, name string, cmd *exec.Cmd) (*peer, error) {
	blobs, err := container.NewClientFromConnectionString(h.Storage(), "peer-"+name, nil)
	if err != nil {
		return nil, err
	}
	if _, err := blobs.Create(ctx, nil); err != nil {
		return nil, fmt.Errorf("making the container of %s: %w", name, err)
	}

	p := &peer{name: name, queue: peerQueue(name), blobs: blobs, cmd: cmd}
	cmd.Env = append(cmd.Env,
		"PATH="+os.Getenv("PATH"), "QUEUE="+p.queue, "STORAGE="+h.Storage(), "CONTAINER=peer-"+name, "TOKEN="+stack.Token)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	h.peers = append(h.peers, p)

	return p, nil
}

// stop ends the process, which has a few seconds to close what it has open.
func (p *peer) stop() error {
	const patience = 5 * time.Second
	kill := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("ending %s: %w", p.name, err)
	}
	_ = p.cmd.Wait() // by the signal, which some answer with an exit code
	return nil
}

// exportBy finds the projects, which the loop and the worker do themselves, sends a peer the
// first page of each, and waits for its blobs.
func (h *harness) exportBy(ctx context.Context, p *peer, id string, a fake.Account) (exported, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	began := time.Now()
	projects, err := h.projects(ctx, a)
	if err != nil {
		return exported{}, err
	}
	var messages []dsr.Message
	for i, base := range projects {
		body, err := json.Marshal(map[string]any{
			"list": base + "/runs",
			"base": base,
			"name": fmt.Sprintf("%s/project-%d", id, i),
			"page": 1,
		})
		if err != nil {
			return exported{}, err
		}
		messages = append(messages, dsr.Message{ID: fmt.Sprintf("%s-%s-%d", p.name, id, i), Body: body})
	}

	before, err := procfs.CPUTime(p.cmd.Process.Pid)
	if err != nil {
		return exported{}, err
	}
	answered := h.upstream.answered.Load()
	if err := h.connections.Bus.Send(ctx, p.queue, messages...); err != nil {
		return exported{}, err
	}
	if err := h.awaitAnswers(ctx, answered, runsOf(a)); err != nil {
		return exported{}, err
	}
	if err := p.awaitBlobs(ctx, "data/runs/"+id+"/", blobsOf(a)); err != nil {
		return exported{}, err
	}
	took := time.Since(began)
	after, err := procfs.CPUTime(p.cmd.Process.Pid)
	if err != nil {
		return exported{}, err
	}

	documents, err := p.documents(ctx, "data/runs/"+id+"/")
	if err != nil {
		return exported{}, err
	}
	if documents != runsOf(a) {
		return exported{}, fmt.Errorf("it stored %d documents of %d", documents, runsOf(a))
	}

	return exported{documents: documents, took: took, cpu: after - before}, nil
}

// pagesOf is how many pages the lists of an account's runs have, and blobsOf how
// many blobs a candidate makes: one a page, and one for each 50 of its runs.
func pagesOf(a fake.Account) int64 {
	const items = 100 // the fake's default
	return int64(a.Workspaces*a.Projects) * ((int64(a.Runs) + items - 1) / items)
}

func blobsOf(a fake.Account) int64 {
	const items, chunk = 100, 50
	projects, full, rest := int64(a.Workspaces*a.Projects), int64(a.Runs)/items, int64(a.Runs)%items
	return pagesOf(a) + projects*(full*(items/chunk)+(rest+chunk-1)/chunk)
}

// projects returns the addresses below which the runs of an account are.
func (h *harness) projects(ctx context.Context, a fake.Account) ([]string, error) {
	account := "/subscriptions/" + a.SubscriptionID + "/resourceGroups/" + a.ResourceGroup +
		"/providers/Microsoft.MachineLearningExperimentation/accounts/" + a.Experimentation
	workspaces, err := h.names(ctx, account+"/workspaces")
	if err != nil {
		return nil, err
	}

	var all []string
	for _, w := range workspaces {
		projects, err := h.names(ctx, w+"/projects")
		if err != nil {
			return nil, err
		}
		for _, p := range projects {
			all = append(all, h.UpstreamURL+"/history/v1.0"+p)
		}
	}

	return all, nil
}

// names returns the paths of what a short list at a path names.
func (h *harness) names(ctx context.Context, path string) ([]string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.UpstreamURL+path+"?api-version=2017-05-01-preview", http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+stack.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()

	var list struct {
		Value []struct{ Name string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(list.Value) == 0 {
		return nil, fmt.Errorf("%s names nothing", path)
	}

	var paths []string
	for _, v := range list.Value {
		paths = append(paths, path+"/"+url.PathEscape(v.Name[strings.LastIndexByte(v.Name, '/')+1:]))
	}

	return paths, nil
}

// awaitAnswers waits until the fake has answered so many more calls: nothing can be
// done before.
func (h *harness) awaitAnswers(ctx context.Context, since, calls int64) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for h.upstream.answered.Load()-since < calls {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// awaitBlobs waits until so many blobs are there below a prefix, as exactly as the
// end of the worker's own export is known.
func (p *peer) awaitBlobs(ctx context.Context, prefix string, want int64) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()

	for {
		names, err := p.list(ctx, prefix)
		if err != nil {
			return err
		}
		if int64(len(names)) >= want {
			return nil
		}

		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d blobs of %d: %w", len(names), want, ctx.Err())
		}
	}
}

func (p *peer) list(ctx context.Context, prefix string) (names []string, err error) {
	pages := p.blobs.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix})
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range page.Segment.BlobItems {
			names = append(names, *b.Name)
		}
	}
	return names, nil
}

// documents counts the runs' documents in the blobs below a prefix, so that nobody
// is quick by storing less.
func (p *peer) documents(ctx context.Context, prefix string) (n int64, err error) {
	names, err := p.list(ctx, prefix)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		blob, err := p.blobs.NewBlobClient(name).DownloadStream(ctx, nil)
		if err != nil {
			return 0, err
		}
		var entries []struct {
			Endpoint string
			Item     string
			Document struct{ RunID string }
		}
		var body bytes.Buffer
		_, err = body.ReadFrom(blob.Body)
		err = errors.Join(err, blob.Body.Close())
		if err == nil {
			err = json.Unmarshal(body.Bytes(), &entries)
		}
		if err != nil {
			return 0, fmt.Errorf("reading %s: %w", name, err)
		}

		for _, e := range entries {
			if e.Endpoint == "E16" && e.Item != "" && e.Item == e.Document.RunID {
				n++
			}
		}
	}
	return n, nil
}
