package app

import (
	"azureml-dsr/handlers"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/callback"
	"azureml-dsr/internal/version"
)

func (a *assembly) newNoter() *callback.Noter {
	return &callback.Noter{
		Ledger:          a.Ledger,
		Queue:           a.Bus,
		RequireApproval: a.cfg.RequireApproval,
		Now:             a.Now,
		Logger:          a.Logger,
	}
}

func (a *assembly) newDeliverer() handlers.Callbacks {
	settings := a.cfg.Callbacks
	if settings.Client == nil {
		settings.Client = callback.NewClient(nil)
	}

	return &callback.Deliverer{
		Settings: settings,
		Ledger:   a.Ledger,
		Queue:    a.Bus,
		Agent:    "azureml-dsr/" + version.Current().Short(),
		Delays:   a.cfg.RedriveDelays,
		Now:      a.Now,
		Logger:   a.Logger,
	}
}

func (a *assembly) newSweep() *callback.Sweep {
	return &callback.Sweep{
		Ledger:     a.Ledger,
		Queue:      a.Bus,
		Noter:      a.noter,
		DeadLetter: bus.DeadLetter,
		LostAfter:  a.cfg.LostAfter,
		Now:        a.Now,
		Logger:     a.Logger,
	}
}
