package telemetry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/telemetry"
)

func settings(pairs ...string) telemetry.Settings {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return telemetry.Read(func(name string) string { return values[name] }, "1.0.0")
}

const connection = "InstrumentationKey=k;IngestionEndpoint=https://eastus2-3.in.applicationinsights.azure.com/;LiveEndpoint=https://x/"

func TestWhereTelemetryGoes(t *testing.T) {
	const all, traces, metrics = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
	const insights, mode = "APPLICATIONINSIGHTS_CONNECTION_STRING", telemetry.ModeSetting
	for name, tt := range map[string]struct {
		settings                  []string
		traces, metrics, insights string
		problem                   string
	}{
		"nowhere":                       {nil, "", "", "", ""},
		"a collector":                   {[]string{all, "http://localhost:4318"}, "http://localhost:4318/v1/traces", "http://localhost:4318/v1/metrics", "", ""},
		"a collector below a path":      {[]string{all, "https://c.example.org/otlp/"}, "https://c.example.org/otlp/v1/traces", "https://c.example.org/otlp/v1/metrics", "", ""},
		"traces alone":                  {[]string{traces, "http://localhost:4318/t"}, "http://localhost:4318/t", "", "", ""},
		"traces elsewhere":              {[]string{all, "http://a:4318", traces, "http://b:4318/t"}, "http://b:4318/t", "http://a:4318/v1/metrics", "", ""},
		"no metrics":                    {[]string{all, "http://a:4318", "OTEL_METRICS_EXPORTER", "none"}, "http://a:4318/v1/traces", "", "", ""},
		"another exporter":              {[]string{all, "http://a:4318", "OTEL_TRACES_EXPORTER", "zipkin"}, "", "http://a:4318/v1/metrics", "", "OTEL_TRACES_EXPORTER"},
		"all of it off":                 {[]string{all, "http://a:4318", "OTEL_SDK_DISABLED", "true"}, "", "", "", ""},
		"an address that is none":       {[]string{traces, "localhost:4318"}, "", "", "", traces},
		"gRPC":                          {[]string{traces, "http://a:4317", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, "", "", "", "OTEL_EXPORTER_OTLP_PROTOCOL"},
		"gRPC for the host":             {[]string{all, "http://a:4317", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", traces, "http://a:4318/t", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf", "OTEL_METRICS_EXPORTER", "none"}, "http://a:4318/t", "", "", ""},
		"insights without the mode":     {[]string{insights, connection}, "", "", "", ""},
		"insights in another mode":      {[]string{insights, connection, mode, "ApplicationInsights"}, "", "", "", ""},
		"insights":                      {[]string{insights, connection, mode, "OpenTelemetry"}, "", "", "https://eastus2-3.in.applicationinsights.azure.com/", ""},
		"the mode alone":                {[]string{mode, "openTelemetry"}, "", "", "", ""},
		"an older connection string":    {[]string{insights, "InstrumentationKey=k", mode, "OpenTelemetry"}, "", "", "https://dc.services.visualstudio.com/", ""},
		"a connection string that lies": {[]string{insights, "IngestionEndpoint=https://x/", mode, "OpenTelemetry"}, "", "", "", insights},
		"an insights without TLS":       {[]string{insights, "InstrumentationKey=k;IngestionEndpoint=http://x/", mode, "OpenTelemetry"}, "", "", "", insights},
		"an unknown authentication":     {[]string{insights, connection, mode, "OpenTelemetry", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "Authorization=Key"}, "", "", "", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"},
		"both":                          {[]string{all, "http://a:4318", insights, connection, mode, "OpenTelemetry"}, "http://a:4318/v1/traces", "http://a:4318/v1/metrics", "https://eastus2-3.in.applicationinsights.azure.com/", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(tt.settings...)
			if s.Traces.URL != tt.traces || s.Metrics.URL != tt.metrics || s.Insights.Endpoint != tt.insights {
				t.Errorf("it goes to %q, %q and %q", s.Traces.URL, s.Metrics.URL, s.Insights.Endpoint)
			}
			if on := tt.traces+tt.metrics+tt.insights != ""; s.On() != on {
				t.Errorf("it is on: %t", s.On())
			}
			var problems []string
			for _, p := range s.Problems {
				problems = append(problems, p.Setting)
			}
			if want := strings.Fields(tt.problem); !slices.Equal(problems, want) {
				t.Errorf("the problems are %v, not %v", problems, want)
			}
		})
	}
}

func TestHowTelemetryIsSent(t *testing.T) {
	s := settings(
		"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318",
		"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x-tenant = t ",
		"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "api-key=c",
		"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip",
		"OTEL_EXPORTER_OTLP_TIMEOUT", "2500",
		"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "soon",
		"OTEL_BSP_SCHEDULE_DELAY", "1000",
		"OTEL_METRIC_EXPORT_INTERVAL", "-1",
		"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta",
	)

	traces := telemetry.Collector{URL: "http://a:4318/v1/traces", Headers: [][2]string{{"api-key", "a b"}, {"x-tenant", "t"}}, Gzip: true, Timeout: 2500 * time.Millisecond}
	metrics := telemetry.Collector{URL: "http://a:4318/v1/metrics", Headers: [][2]string{{"api-key", "c"}}, Gzip: true, Timeout: 10 * time.Second}
	if diff := cmp.Diff([]telemetry.Collector{traces, metrics}, []telemetry.Collector{s.Traces, s.Metrics}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s.SpanInterval != time.Second || s.MetricInterval != time.Minute || !s.Delta {
		t.Errorf("it is sent each %s and %s; delta %t", s.SpanInterval, s.MetricInterval, s.Delta)
	}
	want := []string{"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_METRIC_EXPORT_INTERVAL"}
	var got []string
	for _, p := range s.Problems {
		got = append(got, p.Setting)
		if strings.Contains(p.Text, "soon") {
			t.Errorf("%q quotes the value", p.Text)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the problems are %v", got)
	}
}

func TestHeadersThatCannotBeReadAreNotSent(t *testing.T) {
	for _, text := range []string{"secret", "k=%zz"} {
		s := settings("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://a:4318", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", text)
		if s.Traces.Headers != nil || len(s.Problems) != 1 || strings.Contains(s.Problems[0].Text, text) {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

func TestWhichTracesAreRecorded(t *testing.T) {
	for name, tt := range map[string]struct {
		sampler, arg string
		want         telemetry.Sampler
		problem      bool
	}{
		"by default":             {"", "", telemetry.Sampler{ByParent: true, Ratio: 1}, false},
		"all":                    {"always_on", "", telemetry.Sampler{Ratio: 1}, false},
		"none":                   {"always_off", "", telemetry.Sampler{}, false},
		"a share":                {"traceidratio", "0.25", telemetry.Sampler{Ratio: 0.25}, false},
		"a share, or a caller's": {"parentbased_traceidratio", "0.1", telemetry.Sampler{ByParent: true, Ratio: 0.1}, false},
		"a share without one":    {"traceidratio", "", telemetry.Sampler{Ratio: 1}, false},
		"more than all":          {"traceidratio", "2", telemetry.Sampler{Ratio: 1}, true},
		"no number":              {"traceidratio", "NaN", telemetry.Sampler{Ratio: 1}, true},
		"another one":            {"jaeger_remote", "", telemetry.Sampler{ByParent: true, Ratio: 1}, true},
	} {
		s := settings("OTEL_TRACES_SAMPLER", tt.sampler, "OTEL_TRACES_SAMPLER_ARG", tt.arg)
		if s.Sampler != tt.want || (len(s.Problems) > 0) != tt.problem {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestWhatTheAppIsCalled(t *testing.T) {
	name := func(s telemetry.Settings, key string) string {
		for _, a := range s.Resource.Attributes {
			if a.Key == key {
				return a.Value
			}
		}
		return ""
	}
	unset := settings()
	if name(unset, "service.name") != "azureml-dsr" || name(unset, "service.version") != "1.0.0" || name(unset, "service.instance.id") == "" {
		t.Errorf("unset: %+v", unset.Resource)
	}
	azure := settings("WEBSITE_SITE_NAME", "func-dsr", "WEBSITE_INSTANCE_ID", "i-1", "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,service.name=a")
	if name(azure, "service.name") != "a" || name(azure, "service.instance.id") != "i-1" || name(azure, "deployment.environment.name") != "prod" || name(azure, "cloud.provider") != "azure" {
		t.Errorf("on Azure: %+v", azure.Resource)
	}
	if own := settings("WEBSITE_SITE_NAME", "func-dsr", "OTEL_SERVICE_NAME", "mine"); name(own, "service.name") != "mine" {
		t.Errorf("named: %+v", own.Resource)
	}
}
