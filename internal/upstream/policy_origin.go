package upstream

import (
	"net/http"

	"azureml-dsr/internal/dsr"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// originPolicy lets a request pass only to the origin in its call's scope, and over
// plain http only to loopback. It lets none pass that has no scope.
type originPolicy struct{}

func (originPolicy) Do(req *policy.Request) (*http.Response, error) {
	if !mayBeCalled(req.Raw()) {
		return nil, final{dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink, "a call to a place that settings and target don't name")}
	}
	return req.Next()
}

func mayBeCalled(req *http.Request) bool {
	u, allowed := req.URL, scopeOf(req.Context()).Origin
	ownHost := req.Host == "" || req.Host == u.Host
	private := u.Scheme == "https" || IsLoopback(u.Hostname())
	return allowed != "" && OriginOf(u) == allowed && u.User == nil && ownHost && private
}

// final is an error after which azcore's retry must not try again.
type final struct{ cause *dsr.Error }

func (f final) Error() string { return f.cause.Error() }

// Unwrap returns the error that is marked.
func (f final) Unwrap() error { return f.cause }

// NonRetriable implements azcore's errorinfo.NonRetriable, which marks such errors.
func (final) NonRetriable() {}
