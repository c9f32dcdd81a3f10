package archive

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

var _ Backend = (*Azure)(nil)

// Azure is a Backend on a container of Azure Blob Storage, or of Azurite.
type Azure struct {
	client   *container.Client
	pageSize int32
}

// AzureOptions configures Azure. Nil means all defaults.
type AzureOptions struct {
	// PageSize is how many blobs one call of a listing asks for, 1 to 5,000; default
	// 5,000. For Azurite 1,000 is better, because it answers no other call while it
	// writes a page.
	PageSize int32
}

// NewAzure returns a Backend on a container's client. Dial creates the client with the
// retries that this package relies on.
func NewAzure(client *container.Client, opts *AzureOptions) *Azure {
	const largestPage = 5000
	size := int32(largestPage)
	if opts != nil && opts.PageSize > 0 && opts.PageSize < largestPage {
		size = opts.PageSize
	}
	return &Azure{client: client, pageSize: size}
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

// Swap implements Backend.
func (a *Azure) Swap(ctx context.Context, name string, body []byte, meta map[string]string, etag string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}

	conditions := createOnly()
	if etag != "" {
		conditions = &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: to.Ptr(azcore.ETag(etag))}}
	}

	resp, err := a.client.NewBlockBlobClient(name).Upload(sized(ctx, len(body)), seekable(body), &blockblob.UploadOptions{
		Metadata: pointers(meta), AccessConditions: conditions, TransactionalValidation: validation(body),
	})
	err = classify(ctx, "swapping a blob", err)
	if errors.Is(err, ErrExists) || errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("swapping a blob: %w", ErrChanged)
	}
	return string(value(resp.ETag)), err
}

// upload uses the only upload of azblob that keeps the condition at every size.
// UploadBuffer and UploadFile drop it above 256 MiB and overwrite the blob.
func (a *Azure) upload(ctx context.Context, doing, name string, body []byte, opts *blockblob.UploadOptions) error {
	opts.TransactionalValidation = validation(body)
	_, err := a.client.NewBlockBlobClient(name).Upload(sized(ctx, len(body)), seekable(body), opts)
	return classify(ctx, doing, err)
}

// Stage implements Backend.
func (a *Azure) Stage(ctx context.Context, name string, block BlockID, body []byte) error {
	if err := CheckName(name); err != nil {
		return err
	}
	_, err := a.client.NewBlockBlobClient(name).StageBlock(sized(ctx, len(body)), encodeID(block), seekable(body),
		&blockblob.StageBlockOptions{TransactionalValidation: validation(body)})
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

// Delete implements Backend. What somebody has made snapshots of goes with them: they hold
// the same bytes.
func (a *Azure) Delete(ctx context.Context, name string) error {
	with := blob.DeleteSnapshotsOptionTypeInclude
	_, err := a.client.NewBlobClient(name).Delete(ctx, &blob.DeleteOptions{DeleteSnapshots: &with})
	if err = classify(ctx, "deleting a blob", err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// EnsureContainer implements Backend. It creates the container only if a look-up does not
// find it, so that an identity without the right to create containers can use an existing
// one.
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

// validation lets the service check the body that arrives. The hash is computed here,
// because azblob would copy the body to compute it. MD5 suffices against accidents; the
// evidence is the SHA-256. Azurite is much slower with CRC-64, the alternative.
func validation(body []byte) blob.TransferValidationType {
	sum := md5.Sum(body)
	return blob.TransferValidationTypeMD5(sum[:])
}

func seekable(body []byte) io.ReadSeekCloser { return streaming.NopCloser(bytes.NewReader(body)) }
