package callback

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

const (
	// maxThrottled is how often a receiver may ask for a pause until that counts as a
	// failure, too.
	maxThrottled = 20
	// minPause is the shortest pause before the next try.
	minPause = time.Second
	// storagePause is the pause after storage has failed.
	storagePause = 30 * time.Second
)

// Deliverer tells receivers of changes.
type Deliverer struct {
	Settings
	Ledger *ledger.Ledger
	Queue  Sender
	// Agent names us to receivers.
	Agent string
	// Delays are the pauses after failures.
	Delays []time.Duration
	Now    func() time.Time
	Logger *slog.Logger
}

// Accept tells a callback of a change. Nil means that the message may be completed: the
// receiver has heard, wants to hear nothing, or the next try is scheduled. An error of class
// Permanent means that it is to be dead-lettered. A crash on the way makes the next delivery
// tell the receiver again, under the same id.
func (d *Deliverer) Accept(ctx context.Context, body []byte) error {
	n, err := dsr.DecodeNotification(body)
	if err != nil {
		return err
	}

	err = d.deliver(ctx, n)
	if dsr.OfQueue(err) {
		return err
	}
	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient:
		d.Logger.WarnContext(ctx, "could not tell a callback of a change; trying again later",
			"requestId", n.RequestID, "sequence", n.Sequence, "callback", n.Callback, "error", dsr.WithoutNames(err.Error()))
		return d.schedule(ctx, n, storagePause)
	default:
		return err
	}
}

func (d *Deliverer) deliver(ctx context.Context, n dsr.Notification) error {
	request, found, err := d.Ledger.Request(ctx, n.RequestID)
	if err != nil {
		return err
	}
	e, recorded, err := d.Ledger.Event(ctx, n.RequestID, n.Sequence)
	if err != nil {
		return err
	}
	if !found || !recorded || n.Callback > len(request.Callbacks) {
		return dsr.Errorf(dsr.NoTask, dsr.ReasonUnknownTask, "no record says that a callback is owed this")
	}

	settled, err := d.settled(ctx, n)
	if err != nil || settled {
		return err
	}

	c, err := d.newCall(e, request, request.Callbacks[n.Callback-1])
	if err != nil {
		return err
	}

	return d.conclude(ctx, n, c.host, d.send(ctx, c))
}

// settled reports whether the callback has heard of the change, or wants to hear nothing.
func (d *Deliverer) settled(ctx context.Context, n dsr.Notification) (bool, error) {
	for mark, err := range d.Ledger.ListEvents(ctx, n.RequestID) {
		switch {
		case err != nil:
			return false, err
		case mark.Callback != n.Callback:
		case mark.Outcome == dsr.ToldStopped:
			return true, nil
		case mark.Outcome == dsr.ToldDelivered && mark.Sequence == n.Sequence:
			return true, nil
		}
	}
	return false, nil
}

// conclude records what came of a call, or schedules the next.
func (d *Deliverer) conclude(ctx context.Context, n dsr.Notification, host string, a answer) error {
	switch {
	case a.status >= 200 && a.status < 300:
		return d.told(ctx, n, dsr.ToldDelivered, a.status)
	case a.status == http.StatusGone:
		return d.told(ctx, n, dsr.ToldStopped, a.status)
	case a.throttled() && n.Throttled < maxThrottled:
		n.Throttled++
		return d.again(ctx, n, a, a.pause)
	case n.Failed < len(d.Delays):
		pause := max(d.Delays[n.Failed], a.pause)
		n.Failed++
		return d.again(ctx, n, a, pause)
	}

	if err := d.told(ctx, n, dsr.ToldDead, a.status); err != nil {
		return err
	}
	return dsr.Errorf(dsr.Permanent, dsr.ReasonCallbackFailed, "%s did not take change %d of the request: %s", host, n.Sequence, a.why)
}

// told records what came of telling the callback.
func (d *Deliverer) told(ctx context.Context, n dsr.Notification, outcome string, status int) error {
	return d.Ledger.RecordTold(ctx, dsr.Told{
		RequestID: n.RequestID,
		Sequence:  n.Sequence,
		Callback:  n.Callback,
		Outcome:   outcome,
		Status:    status,
		At:        d.Now().UTC(),
	})
}

// again schedules the next try.
func (d *Deliverer) again(ctx context.Context, n dsr.Notification, a answer, pause time.Duration) error {
	d.Logger.InfoContext(ctx, "a callback did not take a change; trying again later",
		"requestId", n.RequestID, "sequence", n.Sequence, "callback", n.Callback, "failed", n.Failed, "throttled", n.Throttled, "status", a.status, "pause", pause.String())
	return d.schedule(ctx, n, pause)
}

func (d *Deliverer) schedule(ctx context.Context, n dsr.Notification, pause time.Duration) error {
	m, err := n.Message(d.Now().Add(max(pause, minPause)))
	if err != nil {
		return err
	}
	return d.Queue.Send(ctx, dsr.QueueCallbacks, m)
}
