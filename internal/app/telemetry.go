package app

import (
	"log/slog"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/telemetry"
)

// newRecorder returns what records the app's work; nil where nothing asks for it. It logs what
// is wrong with the settings about it, which keep no request from being worked on.
func newRecorder(s config.Settings, logger *slog.Logger) (*telemetry.Recorder, error) {
	for _, p := range s.Telemetry.Problems {
		logger.Warn("a setting of telemetry is not followed", "setting", p.Setting, "problem", p.Text)
	}
	if !s.Telemetry.On() {
		return nil, nil
	}

	token, err := s.TelemetryToken()
	if err != nil {
		return nil, err
	}
	return telemetry.New(s.Telemetry, telemetry.Options{Logger: logger, Token: token}), nil
}
