package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// Staged implements Backend.
func (a *Azure) Staged(ctx context.Context, name string) ([]StagedBlock, error) {
	resp, err := a.client.NewBlockBlobClient(name).GetBlockList(ctx, blockblob.BlockListTypeUncommitted, nil)
	if err = classify(ctx, "listing staged blocks", err); errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}

	var out []StagedBlock
	for _, b := range resp.UncommittedBlocks {
		if id, ok := decodeID(value(b.Name)); ok {
			out = append(out, StagedBlock{ID: id, Size: value(b.Size)})
		}
	}

	return out, nil
}

// Stat implements Backend.
func (a *Azure) Stat(ctx context.Context, name string) (Info, error) {
	resp, err := a.client.NewBlobClient(name).GetProperties(ctx, nil)
	if err != nil {
		return Info{}, classify(ctx, "looking at a blob", err)
	}
	return Info{
		Name:     name,
		Size:     value(resp.ContentLength),
		Created:  value(resp.CreationTime),
		Metadata: values(resp.Metadata),
		ETag:     string(value(resp.ETag)),
		Age:      age(resp.Date, resp.LastModified),
	}, nil
}

// age returns how long before an answer a blob was written, by the dates in the answer.
func age(answered, modified *time.Time) time.Duration {
	if answered == nil || modified == nil {
		return UnknownAge
	}
	return max(0, answered.Sub(*modified))
}

// Open implements Backend.
func (a *Azure) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, Info, error) {
	slow := withLongTries(ctx)
	resp, err := a.client.NewBlobClient(name).DownloadStream(slow, &blob.DownloadStreamOptions{
		Range: blob.HTTPRange{Offset: offset},
	})
	if bloberror.HasCode(err, bloberror.InvalidRange) { // at or past the end
		info, err := a.Stat(ctx, name)
		return io.NopCloser(bytes.NewReader(nil)), info, err
	}
	if err != nil {
		return nil, Info{}, classify(ctx, "opening a blob", err)
	}

	info := Info{
		Name:     name,
		Size:     offset + value(resp.ContentLength),
		Created:  value(resp.CreationTime),
		Metadata: values(resp.Metadata),
		ETag:     string(value(resp.ETag)),
		Age:      age(resp.Date, resp.LastModified),
	}

	// If a connection breaks, the reader continues where it was, unless the blob has changed.
	const triesPerRead = 3
	return &body{ctx: ctx, ReadCloser: resp.NewRetryReader(slow, &blob.RetryReaderOptions{MaxRetries: triesPerRead})}, info, nil
}

// body classifies the errors of a download.
type body struct {
	io.ReadCloser
	ctx context.Context
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = classify(b.ctx, "reading a blob", err)
	}
	return n, err
}

// List implements Backend. Only an empty marker ends it, because Azure may answer with a
// short or empty page in between.
func (a *Azure) List(ctx context.Context, prefix, from string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		pager := a.lister(prefix, from, a.pageSize)
		for pager.More() {
			page, err := nextPage(ctx, pager, from)
			if err != nil {
				yield(Info{}, err)
				return
			}

			for _, info := range page {
				if !yield(info, nil) {
					return
				}
			}
		}
	}
}

// ListPage implements Backend.
func (a *Azure) ListPage(ctx context.Context, prefix, from string, most int) (page []Info, more bool, err error) {
	size := a.pageSize
	if most > 0 && most < int(size) {
		size = int32(most)
	}
	pager := a.lister(prefix, from, size)
	for pager.More() && len(page) == 0 {
		if page, err = nextPage(ctx, pager, from); err != nil {
			return nil, false, err
		}
	}
	return page, pager.More(), nil
}

func (a *Azure) lister(prefix, from string, size int32) *runtime.Pager[container.ListBlobsFlatResponse] {
	opts := &container.ListBlobsFlatOptions{
		Include:    container.ListBlobsInclude{Metadata: true},
		MaxResults: &size,
	}
	if prefix != "" {
		opts.Prefix = &prefix
	}
	if from > prefix {
		opts.StartFrom = &from
	}
	return a.client.NewListBlobsFlatPager(opts)
}

// nextPage makes one call of a listing. It drops names before from, because a service
// that does not support a start name begins at the prefix.
func nextPage(ctx context.Context, pager *runtime.Pager[container.ListBlobsFlatResponse], from string) ([]Info, error) {
	resp, err := pager.NextPage(ctx)
	if err != nil {
		return nil, classify(ctx, "listing blobs", err)
	}
	page := make([]Info, 0, len(resp.Segment.BlobItems))
	for _, item := range resp.Segment.BlobItems {
		if info := infoOf(item); info.Name >= from {
			page = append(page, info)
		}
	}
	return page, nil
}

func infoOf(item *container.BlobItem) Info {
	info := Info{Name: value(item.Name), Metadata: values(item.Metadata)}
	if p := item.Properties; p != nil {
		info.Size, info.Created = value(p.ContentLength), value(p.CreationTime)
	}
	return info
}
