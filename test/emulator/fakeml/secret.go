package fakeml

import (
	"fmt"
	"net/url"
	"slices"
)

// secretMark begins every key and password in a document, so that whoever looks
// through what was kept can find one that should not be there.
const secretMark = "fake-secret-"

// secret is a key or password of what is at a place.
func (a *Account) secret(at place, domain uint64, more ...uint64) string {
	return fmt.Sprintf("%s%016x", secretMark, a.number(slices.Concat([]uint64{ofToken}, at.parts(domain), more)...))
}

// signedBlob is a signed link to a blob that nobody follows.
func (a *Account) signedBlob(at place, domain uint64, name string) string {
	return "https://contoso.blob.core.windows.net/azureml/" + name + "?sv=2017-04-17&sr=b&sig=" + url.QueryEscape(a.secret(at, domain)) + "&se=" + url.QueryEscape(signedUntil) + "&sp=r"
}
