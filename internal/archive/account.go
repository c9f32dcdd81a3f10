package archive

import "context"

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

// Protected reports whether the container has an immutability policy, and whether it
// has a legal hold. Either keeps its blobs from being changed or removed.
func (a *Azure) Protected(ctx context.Context) (policy, hold bool, err error) {
	resp, err := a.client.GetProperties(ctx, nil)
	if err != nil {
		return false, false, classify(ctx, "asking about the container", err)
	}
	policy = resp.HasImmutabilityPolicy != nil && *resp.HasImmutabilityPolicy
	hold = resp.HasLegalHold != nil && *resp.HasLegalHold
	return policy, hold, nil
}
