package archive

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// Hierarchical reports whether the storage account has a hierarchical namespace. In
// such an account one name can't be both a file and a folder, and names of documents
// may need to be.
func (a *Azure) Hierarchical(ctx context.Context) (bool, error) {
	resp, err := a.client.GetAccountInfo(ctx, nil)
	if err != nil {
		return false, classify(ctx, "asking about the account", err)
	}
	return resp.IsHierarchicalNamespaceEnabled != nil && *resp.IsHierarchicalNamespaceEnabled, nil
}

// Protected reports whether the container has an immutability policy, or lets its versions
// have some, and whether it has a legal hold. Each keeps its blobs from being changed or
// removed.
func (a *Azure) Protected(ctx context.Context) (policy, hold bool, err error) {
	resp, err := a.client.GetProperties(ctx, nil)
	if err != nil {
		return false, false, classify(ctx, "asking about the container", err)
	}
	policy = (resp.HasImmutabilityPolicy != nil && *resp.HasImmutabilityPolicy) ||
		(resp.IsImmutableStorageWithVersioningEnabled != nil && *resp.IsImmutableStorageWithVersioningEnabled)
	hold = resp.HasLegalHold != nil && *resp.HasLegalHold
	return policy, hold, nil
}

// Left is what storage keeps of a blob that was removed.
type Left struct {
	// Deleted means that the blob itself is kept, and Versions that versions of it are.
	Deleted, Versions bool
	// Days is for how many days a deleted blob is kept; 0 where storage doesn't say.
	Days int
}

// LeftOf returns what is left of a blob that was removed: what its account's soft delete
// and versioning keep.
func (a *Azure) LeftOf(ctx context.Context, name string) (Left, error) {
	var out Left
	pager := a.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{
		Prefix: &name,
		Include: container.ListBlobsInclude{
			Deleted:  true,
			Versions: true,
		},
	})

	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return Left{}, classify(ctx, "looking for what is left of a blob", err)
		}

		for _, item := range page.Segment.BlobItems {
			if value(item.Name) != name {
				continue
			}
			out.Versions = out.Versions || item.VersionID != nil
			if item.Deleted != nil && *item.Deleted {
				out.Deleted = true
				if p := item.Properties; p != nil && p.RemainingRetentionDays != nil {
					out.Days = int(*p.RemainingRetentionDays)
				}
			}
		}
	}
	return out, nil
}

// Aside is what a sample of a container's blobs shows that others have done to them.
type Aside struct {
	Archived  int // in the archive tier, where nothing can be read
	Snapshots int
}

// sampled is how many blobs a look at a container reads.
const sampled = 1000

// AsideOf looks at the first blobs of the container.
func (a *Azure) AsideOf(ctx context.Context) (Aside, error) {
	most := int32(sampled)
	pager := a.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{
		MaxResults: &most,
		Include:    container.ListBlobsInclude{Snapshots: true},
	})
	page, err := pager.NextPage(ctx)
	if err != nil {
		return Aside{}, classify(ctx, "looking at the container's blobs", err)
	}

	var out Aside
	for _, item := range page.Segment.BlobItems {
		if value(item.Snapshot) != "" {
			out.Snapshots++
		}
		if p := item.Properties; p != nil && p.AccessTier != nil && *p.AccessTier == blob.AccessTierArchive {
			out.Archived++
		}
	}
	return out, nil
}
