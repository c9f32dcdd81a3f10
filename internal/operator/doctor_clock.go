package operator

import (
	"net/http"
	"time"
)

// mostSkew is by how much the clock may be wrong. Tokens and signatures allow for some
// minutes; deadlines, retentions and the order of records are told by it, too.
const mostSkew = time.Minute

// checkClock compares the clock with the time of an answer, which says it in whole seconds.
// The answer was asked for and came at the given times.
func (d *doctor) checkClock(answer http.Header, asked, came time.Time) {
	told, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return // whoever answered knows no time
	}

	const what = "clock"
	var skew time.Duration
	switch {
	case told.Add(time.Second).Before(asked):
		skew = asked.Sub(told)
	case told.After(came):
		skew = told.Sub(came)
	}
	if skew <= mostSkew {
		d.add(Finding{OK: true, What: what, Detail: "it agrees with that of Resource Manager"})
		return
	}

	d.add(fault{
		detail:  "it differs by " + skew.Round(time.Second).String() + " from that of Resource Manager",
		remedy:  "set it, and keep it set: deadlines and the order of records go by it, and tokens are refused",
		command: "sudo timedatectl set-ntp true",
	}.finding(what))
}
