package azureml

import (
	"azureml-dsr/internal/version"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// newUpstreamPipeline puts the policies in the order in which a request passes
// them. All stand behind azcore's retry, so each try passes all of them:
//
//  1. origin: what may not be called stops before it costs anything. Nothing
//     behind it changes the URL, so the bearer policy sees allowed ones only.
//  2. prefetch: reads a small body to its end, so that a broken one is retried.
//  3. unauthorized: sends once more after a 401; the bearer policy has dropped
//     its token by then.
//  4. limit: waits for a free slot of the host and subscription; the chunk that
//     began first goes first.
//  5. gate: behind the limit, so that calls that queued for a slot see a gate
//     that closed meanwhile. What waits there holds a slot of its own
//     subscription only.
//  6. bearer: sets the token, of the audience that the plane takes.
//  7. doubt: behind all that can hold a request back, so that it notes only tries
//     that were sent.
//  8. stall: innermost, so that its clock runs only while the network is waited for.
//
// Before the retry, operation gives azcore's poller answers that it can take.
func newUpstreamPipeline(opts Options, transport policy.Transporter) runtime.Pipeline {
	return runtime.NewPipeline("azureml-dsr", "v"+version.Current().Version, runtime.PipelineOptions{
		PerCall: []policy.Policy{runtime.NewRequestIDPolicy(), operationPolicy{}},
		PerRetry: []policy.Policy{
			originPolicy{},
			prefetchPolicy{},
			unauthorizedPolicy{},
			newLimitPolicy(opts.MaxPerHost),
			newGatePolicy(opts.ShortWait),
			newBearerPolicy(opts),
			doubtPolicy{},
			stallPolicy{opts.StallTimeout},
		},
	}, clientOptions(opts, transport))
}

// newContentPipeline is the signed links' own: it has no credential at all, and
// no origin of its own, for OpenContent checks each link. Bodies are not
// prefetched: who reads them can continue where they broke off.
func newContentPipeline(opts Options, transport policy.Transporter) runtime.Pipeline {
	return runtime.NewPipeline("azureml-dsr", "v"+version.Current().Version, runtime.PipelineOptions{
		PerRetry: []policy.Policy{
			newLimitPolicy(opts.MaxPerHost),
			newGatePolicy(opts.ShortWait),
			stallPolicy{opts.StallTimeout},
		},
	}, clientOptions(opts, transport))
}

// clientOptions: azcore gives up at once on a Retry-After above MaxRetryDelay,
// which is what hands a long one to the caller as Throttled.
func clientOptions(opts Options, transport policy.Transporter) *policy.ClientOptions {
	return &policy.ClientOptions{
		Retry:     policy.RetryOptions{MaxRetries: 3, MaxRetryDelay: opts.ShortWait},
		Transport: transport,
	}
}
