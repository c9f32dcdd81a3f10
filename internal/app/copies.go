package app

import (
	"time"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/delivery"
	"azureml-dsr/internal/version"
)

// delivered is how long a copy can be fetched, where no setting says it.
const delivered = 7 * 24 * time.Hour

func (a *assembly) newCopyMaker() handlers.Copies {
	keep := a.cfg.Delivery
	if keep <= 0 {
		keep = delivered
	}

	return &delivery.Maker{
		Ledger: a.Ledger,
		Queue:  a.Bus,
		Signer: a.Signer,
		Keep:   keep,
		Worker: version.Current().Short(),
		Now:    a.Now,
		Logger: a.Logger,
	}
}

func (a *assembly) newCopySweep() *delivery.Sweep {
	return &delivery.Sweep{
		Ledger:     a.Ledger,
		Queue:      a.Bus,
		DeadLetter: bus.DeadLetter,
		LostAfter:  a.cfg.LostAfter,
		Now:        a.Now,
		Logger:     a.Logger,
	}
}
