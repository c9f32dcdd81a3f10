// Package upstream sends HTTP requests to a service that throttles, stalls and
// breaks off, and turns every failure into a [dsr.Error] once. It knows nothing
// of what is asked: a call's [Scope] says where it may go, whose quota it spends
// and which token it takes.
//
// A request with a token passes these policies, in this order. All but the first
// stand behind azcore's retry, so each try passes all of them:
//
//  1. poll: makes answers ones that azcore's poller can read.
//  2. origin: stops a request that may not be sent before it costs anything. No
//     later policy changes the URL, so the bearer policy sees allowed ones only.
//  3. prefetch: reads a small body to its end, so that a broken one is retried.
//  4. unauthorized: sends once more after a 401. The bearer policy has dropped
//     its token by then.
//  5. limit: waits for a free slot of the host and quota; the work that began
//     first goes first.
//  6. gate: waits while the upstream wants a pause. It stands behind the limit,
//     so that calls that queued for a slot see a gate that closed meanwhile. A
//     call that waits at a gate holds a slot of its own quota only.
//  7. bearer: sets the token.
//  8. maybeSent: notes tries that may have been carried out unseen. It stands
//     behind all that can hold a request back, so that it sees only tries that were
//     sent.
//  9. meter: counts each try that is sent.
//  10. trace: records each try that is sent, where telemetry is on.
//  11. stall: innermost, so that its clock runs only while the network is waited
//     for.
//
// Signed links and other calls without a token pass limit, gate, meter, trace and stall.
// Whatever comes back is classified last, behind all policies: see [Client.Do],
// [Refused] and [Client.OpenContent].
package upstream
