package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// store writes blobs and counts them.
type store struct {
	container    *container.Client
	blobs, bytes atomic.Int64
}

// newStore makes the container.
func newStore(ctx context.Context, connectionString, name string) (*store, error) {
	const connections = 64 // what azblob keeps by itself, 10, is too few
	transport := &http.Client{Transport: newTransport(connections)}
	client, err := container.NewClientFromConnectionString(connectionString, name, &container.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: transport},
	})
	if err != nil {
		return nil, err
	}
	if _, err := client.Create(ctx, nil); err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return nil, fmt.Errorf("making the container: %w", err)
	}
	return &store{container: client}, nil
}

// put writes a blob in one call, over what is there.
func (s *store) put(ctx context.Context, name string, body []byte) error {
	_, err := s.container.NewBlockBlobClient(name).Upload(ctx, streaming.NopCloser(bytes.NewReader(body)), nil)
	if err != nil {
		return fmt.Errorf("storing %s: %w", name, err)
	}
	s.blobs.Add(1)
	s.bytes.Add(int64(len(body)))
	return nil
}
