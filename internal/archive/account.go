package archive

import "context"

// Hierarchical tells whether the storage account has a hierarchical namespace.
// There a name can't be both a file and a folder, which names of documents may
// need.
func (a *Azure) Hierarchical(ctx context.Context) (bool, error) {
	resp, err := a.client.GetAccountInfo(ctx, nil)
	if err != nil {
		return false, classify(ctx, "asking about the account", err)
	}
	return resp.IsHierarchicalNamespaceEnabled != nil && *resp.IsHierarchicalNamespaceEnabled, nil
}
