package operator

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"azureml-dsr/internal/dsr"
)

// explainStorage explains an error of a container's storage, and what to do about it.
func (d *doctor) explainStorage(container string) func(error) fault {
	return func(err error) fault {
		switch {
		case errors.Is(err, errProtected):
			return fault{
				detail:  "an immutability policy or a legal hold keeps its blobs",
				remedy:  "remove it from this container, or name another in INDEX_CONTAINER: no request can be closed while the index can't change",
				command: d.unprotect(container),
			}
		case errors.Is(err, errOverwritten):
			return fault{
				detail:  "a blob that is there was not protected",
				remedy:  "this storage ignores If-None-Match: use another; evidence is not safe in it",
				command: settingCommand("ExportStorage__blobServiceUri"),
			}
		case errors.Is(err, context.DeadlineExceeded):
			return d.unreachedStorage("no answer in time", "check the account's name and the network")
		}
		return d.explainStorageAnswer(container, err)
	}
}

// explainStorageAnswer explains an error by the answer of storage.
func (d *doctor) explainStorageAnswer(container string, err error) fault {
	e, _ := errors.AsType[*dsr.Error](err)
	switch {
	case e == nil || e.Status == 0:
		return d.unreachedStorage("no answer", "check the account's name, the network, and that an identity is signed in; Azurite must be running")
	case e.Status == http.StatusNotFound:
		return fault{
			detail:  "there is no such container",
			remedy:  "create it, or let the worker do it with its first request",
			command: "az storage container-rm create --storage-account " + d.settings.StorageAccount() + " --name " + container,
		}
	case e.Status == http.StatusForbidden:
		return fault{
			detail:  "refused, " + e.Code,
			remedy:  "give the identity the role Storage Blob Data Contributor, let the firewall pass, or copy the connection string anew",
			command: d.grantOnContainer("Storage Blob Data Contributor", container),
		}
	case e.Code == string(bloberror.InvalidHeaderValue):
		return fault{
			detail:  "the storage doesn't know this version of the protocol",
			remedy:  "start Azurite with --skipApiVersionCheck",
			command: "azurite-blob --skipApiVersionCheck",
		}
	}
	return fault{
		detail:  e.Message,
		remedy:  "look the code up in the documentation of Blob Storage",
		command: "az storage account show --name " + d.settings.StorageAccount() + " --query statusOfPrimary",
	}
}

func (d *doctor) unreachedStorage(detail, remedy string) fault {
	return fault{
		detail:  detail,
		remedy:  remedy,
		command: lookUp(d.settings.StorageAccount() + ".blob." + d.settings.Cloud.StorageSuffix),
	}
}

// unprotect returns the commands that remove what protects a container. One that was
// locked can't be removed.
func (d *doctor) unprotect(container string) string {
	named := "--account-name " + d.settings.StorageAccount() + " --container-name " + container
	return `az storage container immutability-policy delete ` + named +
		` --if-match "$(az storage container immutability-policy show ` + named + ` --query etag --output tsv)"; ` +
		`az storage container legal-hold clear ` + named + ` --tags TAG`
}
