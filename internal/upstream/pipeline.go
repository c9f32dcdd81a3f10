package upstream

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// newAuthorizedPipeline puts the policies in the order in which a request passes
// them. The package's documentation gives the reasons.
func newAuthorizedPipeline(opts Options, transport policy.Transporter) runtime.Pipeline {
	return runtime.NewPipeline(opts.Module, opts.Version, runtime.PipelineOptions{
		PerCall: []policy.Policy{
			runtime.NewRequestIDPolicy(),
			countTriesPolicy{},
			pollPolicy{},
		},
		PerRetry: []policy.Policy{
			originPolicy{},
			prefetchPolicy{},
			unauthorizedPolicy{},
			newLimitPolicy(opts.MaxPerHost),
			newGatePolicy(opts.ShortWait),
			newBearerPolicy(opts),
			maybeSentPolicy{},
			meterPolicy{},
			tracePolicy{withHost: true},
			stallPolicy{opts.StallTimeout},
		},
	}, clientOptions(opts, transport))
}

// newUnauthorizedPipeline is for signed links. It has no credential at all, and no
// origin policy, since OpenContent checks each link. Bodies are not prefetched: their
// reader can go on where one broke off.
func newUnauthorizedPipeline(opts Options, transport policy.Transporter) runtime.Pipeline {
	return runtime.NewPipeline(opts.Module, opts.Version, runtime.PipelineOptions{
		PerCall: []policy.Policy{countTriesPolicy{}},
		PerRetry: []policy.Policy{
			newLimitPolicy(opts.MaxPerHost),
			newGatePolicy(opts.ShortWait),
			meterPolicy{},
			tracePolicy{},
			stallPolicy{opts.StallTimeout},
		},
	}, clientOptions(opts, transport))
}

// clientOptions sets how azcore retries. It does not wait for a Retry-After above
// MaxRetryDelay, so the caller gets that answer at once, as Throttled.
func clientOptions(opts Options, transport policy.Transporter) *policy.ClientOptions {
	return &policy.ClientOptions{
		Retry:     policy.RetryOptions{MaxRetries: 3, MaxRetryDelay: opts.ShortWait},
		Transport: transport,
	}
}
