package operator

import (
	"context"
	"errors"
	"fmt"

	"azureml-dsr/internal/archive"
)

// leftovers shows what storage keeps of blobs that were removed.
type leftovers interface {
	LeftOf(ctx context.Context, name string) (archive.Left, error)
}

// tiers shows what others have done to the blobs of a container.
type tiers interface {
	AsideOf(ctx context.Context) (archive.Aside, error)
}

var (
	errLeft     = errors.New("removed blobs are kept")
	errArchived = errors.New("blobs are in the archive tier")
)

// checkLeft checks that nothing is left of a blob that the doctor has removed: what is left
// of it would be left of documents, too.
func (d *doctor) checkLeft(ctx context.Context, c namedContainer, removed string) {
	in, ok := c.in.(leftovers)
	if !ok || removed == "" {
		return
	}

	var left archive.Left
	_ = d.try(ctx, "what is removed from "+c.name, "it is gone: neither soft delete nor versioning keeps it", func(ctx context.Context) (err error) {
		left, err = in.LeftOf(ctx, removed)
		if err == nil && (left.Deleted || left.Versions) {
			err = errLeft
		}
		return err
	}, func(err error) fault {
		if errors.Is(err, errLeft) {
			return d.explainLeft(left)
		}
		return d.explainStorage(c.name)(err)
	})
}

// explainLeft says what keeps removed documents.
func (d *doctor) explainLeft(left archive.Left) fault {
	change := "az storage account blob-service-properties update --account-name " + d.settings.StorageAccount()
	if left.Versions {
		return fault{
			detail:  "versioning keeps it: documents stay after their retention, for as long as nobody deletes their versions",
			remedy:  "switch versioning off, and delete the versions that there are",
			command: change + " --enable-versioning false",
		}
	}

	detail := "soft delete keeps it: documents stay after their retention"
	if left.Days > 0 {
		detail += fmt.Sprintf(", for %d days more", left.Days)
	}
	return fault{
		detail:  detail,
		remedy:  "switch soft delete of blobs off in this account",
		command: change + " --enable-delete-retention false",
	}
}

// checkAside looks for blobs that a lifecycle rule has moved where they can't be read. Its
// rules themselves are Resource Manager's.
func (d *doctor) checkAside(ctx context.Context, c namedContainer) {
	in, ok := c.in.(tiers)
	if !ok {
		return
	}

	var aside archive.Aside
	what := "tiers of " + c.name
	err := d.try(ctx, what, "none of the first blobs is in the archive tier", func(ctx context.Context) (err error) {
		aside, err = in.AsideOf(ctx)
		if err == nil && aside.Archived > 0 {
			err = errArchived
		}
		return err
	}, func(err error) fault {
		if errors.Is(err, errArchived) {
			return d.explainArchived(c.name, aside.Archived)
		}
		return d.explainStorage(c.name)(err)
	})
	if err == nil && aside.Snapshots > 0 {
		d.add(Finding{
			OK:     true,
			What:   "snapshots in " + c.name,
			Detail: fmt.Sprintf("somebody has made %d of its first blobs; a snapshot is removed with its blob", aside.Snapshots),
		})
	}
}

// explainArchived says what to do about blobs that can't be read.
func (d *doctor) explainArchived(container string, n int) fault {
	account := d.settings.StorageAccount()
	return fault{
		detail: fmt.Sprintf("%d of its first blobs are in the archive tier, where they can be neither verified nor downloaded", n),
		remedy: "take the container out of the account's lifecycle rules, and move the blobs back",
		command: "az storage account management-policy show --account-name " + account + " --resource-group GROUP && " +
			"az storage blob list --auth-mode login --account-name " + account + " --container-name " + container +
			` --query "[?properties.blobTier=='Archive'].name" --output tsv | ` +
			"while read -r blob; do az storage blob set-tier --auth-mode login --account-name " + account + " --container-name " + container +
			` --tier Hot --name "$blob"; done`,
	}
}
