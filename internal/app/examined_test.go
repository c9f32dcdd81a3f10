package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/operator"
)

type watching struct {
	err  error
	runs int
}

func (w *watching) Run(context.Context) error {
	w.runs++
	return w.err
}

func TestTheWorkerExaminesItselfOnce(t *testing.T) {
	for name, c := range map[string]struct {
		findings []operator.Finding
		err      error // of the doctor
		watch    error
		logged   string
		level    string
	}{
		"nothing is wrong":       {[]operator.Finding{{OK: true, What: "clock"}}, nil, nil, `"faults":0`, ""},
		"something is wrong":     {[]operator.Finding{{What: "clock", Detail: "slow", Remedy: "set it", Command: "timedatectl"}}, nil, nil, `"command":"timedatectl"`, "WARN"},
		"it ran out of time":     {nil, context.DeadlineExceeded, nil, "could not look at everything", "WARN"},
		"the watch itself fails": {[]operator.Finding{{What: "list dsr-index", Detail: "refused"}}, nil, errors.New("refused"), `"detail":"refused"`, "WARN"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			looks := 0
			watch := &watching{err: c.watch}
			w := &examinedWatch{
				Watch: watch,
				diagnose: func(context.Context) ([]operator.Finding, error) {
					looks++
					return c.findings, c.err
				},
				logger: slog.New(slog.NewJSONHandler(&log, nil)),
			}
			for range 3 {
				if err := w.Run(t.Context()); !errors.Is(err, c.watch) {
					t.Errorf("the watch returned %v", err)
				}
			}
			if looks != 1 || watch.runs != 3 {
				t.Errorf("%d looks in %d runs", looks, watch.runs)
			}
			if !strings.Contains(log.String(), c.logged) || strings.Contains(log.String(), `"WARN"`) != (c.level != "") {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

func TestOnlyThePlatformsIdentityIsExamined(t *testing.T) {
	watch := &watching{}
	if examined(watch, config.Settings{}, nil) != watch {
		t.Error("a stack of this machine is examined")
	}
	s := config.Settings{}
	s.PlatformIdentity = true
	if examined(watch, s, slog.New(slog.DiscardHandler)) == watch {
		t.Error("the app on Azure is not examined")
	}
}
