package archive

import (
	"bytes"
	"context"
	"encoding/base64"
	"hash/crc64"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

var _ Backend = (*Azure)(nil)

// storageCRC64 is the polynomial of Azure Storage's own CRC-64, reversed.
const storageCRC64 = 0x9A6C9329AC4BC9B5

// Azure is a Backend on a container of Azure Blob Storage, or of Azurite.
type Azure struct {
	client   *container.Client
	pageSize int32
	crc      *crc64.Table
}

// AzureOptions tunes Azure; nil is all defaults.
type AzureOptions struct {
	// PageSize is how many blobs one call of a listing asks for, 1 to 5,000;
	// default 5,000. Azurite answers nobody else while it writes a page, so 1,000
	// suits it better.
	PageSize int32
}

// NewAzure makes a Backend on a container's client. Dial makes one with the
// retries that this package counts on.
func NewAzure(client *container.Client, opts *AzureOptions) *Azure {
	const largestPage = 5000
	size := int32(largestPage)
	if opts != nil && opts.PageSize > 0 && opts.PageSize < largestPage {
		size = opts.PageSize
	}
	return &Azure{client: client, pageSize: size, crc: crc64.MakeTable(storageCRC64)}
}

// Put implements Backend.
func (a *Azure) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return a.upload(ctx, "creating a blob", name, body, &blockblob.UploadOptions{
		Metadata: pointers(meta), AccessConditions: createOnly(),
	})
}

// Replace implements Backend.
func (a *Azure) Replace(ctx context.Context, name string, body []byte) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return a.upload(ctx, "replacing a blob", name, body, &blockblob.UploadOptions{})
}

// upload uses the one upload of azblob that keeps the condition at every size:
// UploadBuffer and UploadFile drop it above 256 MiB and overwrite.
func (a *Azure) upload(ctx context.Context, doing, name string, body []byte, opts *blockblob.UploadOptions) error {
	opts.TransactionalValidation = a.validation(body)
	_, err := a.client.NewBlockBlobClient(name).Upload(sized(ctx, len(body)), seekable(body), opts)
	return classify(ctx, doing, err)
}

// Stage implements Backend.
func (a *Azure) Stage(ctx context.Context, name string, block BlockID, body []byte) error {
	if err := CheckName(name); err != nil {
		return err
	}
	_, err := a.client.NewBlockBlobClient(name).StageBlock(sized(ctx, len(body)), encodeID(block), seekable(body),
		&blockblob.StageBlockOptions{TransactionalValidation: a.validation(body)})
	return classify(ctx, "staging a block", err)
}

// Commit implements Backend.
func (a *Azure) Commit(ctx context.Context, name string, blocks []BlockID, meta map[string]string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	ids := make([]string, len(blocks))
	for i, id := range blocks {
		ids[i] = encodeID(id)
	}
	_, err := a.client.NewBlockBlobClient(name).CommitBlockList(ctx, ids, &blockblob.CommitBlockListOptions{
		Metadata: pointers(meta), AccessConditions: createOnly(),
	})
	return classify(ctx, "committing a blob", err)
}

// Staged implements Backend.
func (a *Azure) Staged(ctx context.Context, name string) ([]StagedBlock, error) {
	resp, err := a.client.NewBlockBlobClient(name).GetBlockList(ctx, blockblob.BlockListTypeUncommitted, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, classify(ctx, "listing staged blocks", err)
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
		Name: name, Size: value(resp.ContentLength), Created: value(resp.CreationTime), Metadata: values(resp.Metadata),
	}, nil
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
		Name: name, Size: offset + value(resp.ContentLength), Created: value(resp.CreationTime), Metadata: values(resp.Metadata),
	}
	const tries = 3 // for each read: the reader goes on where a connection broke, if the blob is the same
	return &body{ctx: ctx, ReadCloser: resp.NewRetryReader(slow, &blob.RetryReaderOptions{MaxRetries: tries})}, info, nil
}

// body classifies the errors of a download.
type body struct {
	io.ReadCloser
	ctx context.Context
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = classify(b.ctx, "reading a blob", err)
	}
	return n, err
}

// List implements Backend. Only an empty marker ends it: Azure may answer less
// than a page, or nothing, in between.
func (a *Azure) List(ctx context.Context, prefix, from string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		opts := &container.ListBlobsFlatOptions{
			Include: container.ListBlobsInclude{Metadata: true}, MaxResults: to.Ptr(a.pageSize),
		}
		if prefix != "" {
			opts.Prefix = &prefix
		}
		if from > prefix {
			opts.StartFrom = &from
		}
		pager := a.client.NewListBlobsFlatPager(opts)
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				yield(Info{}, classify(ctx, "listing blobs", err))
				return
			}
			for _, item := range page.Segment.BlobItems {
				if info := infoOf(item); info.Name >= from && !yield(info, nil) {
					return
				}
			}
		}
	}
}

func infoOf(item *container.BlobItem) Info {
	info := Info{Name: value(item.Name), Metadata: values(item.Metadata)}
	if p := item.Properties; p != nil {
		info.Size, info.Created = value(p.ContentLength), value(p.CreationTime)
	}
	return info
}

// Delete implements Backend.
func (a *Azure) Delete(ctx context.Context, name string) error {
	_, err := a.client.NewBlobClient(name).Delete(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil
	}
	return classify(ctx, "deleting a blob", err)
}

// EnsureContainer implements Backend. It looks first, so that an identity which
// may not create containers can use one that is there.
func (a *Azure) EnsureContainer(ctx context.Context) error {
	_, err := a.client.GetProperties(ctx, nil)
	if bloberror.HasCode(err, bloberror.ContainerNotFound) {
		_, err = a.client.Create(ctx, nil)
	}
	if bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return nil
	}
	return classify(ctx, "creating the container", err)
}

func createOnly() *blob.AccessConditions {
	return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(azcore.ETagAny)}}
}

// validation lets the service check what arrived. We hash ourselves: azblob
// would copy the body to do it.
func (a *Azure) validation(body []byte) blob.TransferValidationType {
	return blob.TransferValidationTypeCRC64(crc64.Checksum(body, a.crc))
}

func seekable(body []byte) io.ReadSeekCloser { return streaming.NopCloser(bytes.NewReader(body)) }

func encodeID(id BlockID) string { return base64.StdEncoding.EncodeToString(id[:]) }

func decodeID(s string) (id BlockID, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(s)
	return id, err == nil && copy(id[:], raw) == len(id) && len(raw) == len(id)
}

func pointers(meta map[string]string) map[string]*string {
	out := make(map[string]*string, len(meta))
	for k, v := range meta {
		out[k] = &v
	}
	return out
}

// values has the keys in lower case: a listing gives them as they were sent, a
// look as Go spells headers.
func values(meta map[string]*string) map[string]string {
	out := make(map[string]string, len(meta))
	for k, v := range meta {
		out[strings.ToLower(k)] = value(v)
	}
	return out
}

func value[T string | int64 | time.Time](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}
