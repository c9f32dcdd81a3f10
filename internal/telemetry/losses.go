package telemetry

import (
	"errors"
	"log/slog"
	"time"
)

// kind of what is lost, as the metric of losses names it.
type lostKind string

const (
	ofSpans  lostKind = "spans"
	ofPoints lostKind = "points"
)

var (
	errBufferFull = errors.New("more spans ended than could be exported")
	errPanicked   = errors.New("the exporter panicked")
	errRejected   = errors.New("the collector has refused a part")
)

// lossInterval is how far apart the lines about losses are.
const lossInterval = time.Minute

// losses counts what was recorded and does not arrive. Only the exporter's goroutine uses it.
type losses struct {
	unsaid   map[lostKind]int64 // since the line before
	unmarked map[lostKind]int64 // since the metric was set
	why      error              // the latest reason
	said     time.Time
}

func (l *losses) add(kind lostKind, n int64, why error) {
	if n <= 0 {
		return
	}
	if l.unsaid == nil {
		l.unsaid, l.unmarked = map[lostKind]int64{}, map[lostKind]int64{}
	}
	l.unsaid[kind] += n
	l.unmarked[kind] += n
	l.why = why
}

// count exports n of a kind, and counts what is lost of it. A panic loses all of it and no
// more.
func (l *losses) count(kind lostKind, n int, export func() (int64, error)) {
	defer func() {
		if recover() != nil {
			l.add(kind, int64(n), errPanicked)
		}
	}()
	lost, err := export()
	l.add(kind, lost, err)
}

// record counts the losses as a metric.
func (l *losses) record(m *metrics) {
	for kind, n := range l.unmarked {
		m.add(Lost.instrument, float64(n), []Attr{{"dsr.telemetry.kind", string(kind)}})
	}
	clear(l.unmarked)
}

// reportNow logs what was lost, unless it has done so within a minute.
func (l *losses) reportNow(logger *slog.Logger) {
	if now := time.Now(); now.Sub(l.said) >= lossInterval {
		l.report(logger, now)
	}
}

func (l *losses) report(logger *slog.Logger, now time.Time) {
	if len(l.unsaid) == 0 {
		return
	}
	why := "unknown"
	if l.why != nil {
		why = l.why.Error()
	}
	logger.Warn("telemetry was lost", "spans", l.unsaid[ofSpans], "points", l.unsaid[ofPoints], "error", why)
	clear(l.unsaid)
	l.said = now
}
