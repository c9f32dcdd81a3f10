package telemetry

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Settings say what is recorded and where it is sent. The zero value records nothing.
type Settings struct {
	// Traces and Metrics are the collectors that speak OTLP; without a URL there is none.
	Traces, Metrics Collector
	// Insights is the Application Insights that is sent to; without an endpoint there is none.
	Insights Insights
	Sampler  Sampler
	// Delta sends what was counted since the last time, and else since the start.
	Delta bool
	// SpanInterval and MetricInterval are how often is sent.
	SpanInterval, MetricInterval time.Duration
	Resource                     Resource
	// Problems are the invalid settings. Each turns off what it is about, and nothing else.
	Problems []Problem
}

// Problem is what is wrong with a setting. It never quotes the value, which may be a secret.
type Problem struct{ Setting, Text string }

// On reports whether anything is sent anywhere.
func (s Settings) On() bool {
	return s.Traces.URL != "" || s.Metrics.URL != "" || s.Insights.Endpoint != ""
}

// Collector is where spans or points go by OTLP over HTTP.
type Collector struct {
	URL     string
	Headers [][2]string
	Gzip    bool
	Timeout time.Duration
}

// Get returns a setting, "" where it is not set.
type Get func(name string) string

const (
	endpointSetting = "OTEL_EXPORTER_OTLP_ENDPOINT"
	// ModeSetting is host.json's telemetryMode as an app setting: what the Functions host
	// does, the worker does too.
	ModeSetting = "AzureFunctionsJobHost__telemetryMode"
	modeOTel    = "OpenTelemetry"
)

const (
	defaultTimeout        = 10 * time.Second
	defaultSpanInterval   = 5 * time.Second
	defaultMetricInterval = time.Minute
)

// Read reads the standard settings of OpenTelemetry, and those of the Functions host.
// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/)
func Read(get Get, version string) Settings {
	r := &settingsReader{get: get}
	if strings.EqualFold(get("OTEL_SDK_DISABLED"), "true") {
		return Settings{}
	}

	s := Settings{
		Traces:         r.collector("TRACES", "/v1/traces"),
		Metrics:        r.collector("METRICS", "/v1/metrics"),
		Sampler:        r.sampler(),
		SpanInterval:   r.milliseconds("OTEL_BSP_SCHEDULE_DELAY", defaultSpanInterval),
		MetricInterval: r.milliseconds("OTEL_METRIC_EXPORT_INTERVAL", defaultMetricInterval),
		Resource:       r.resource(version),
	}
	if strings.EqualFold(get(ModeSetting), modeOTel) {
		s.Insights = r.insights()
	}
	s.Delta = s.Insights.Endpoint != "" || strings.EqualFold(get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"), "delta")
	s.Problems = r.problems

	return s
}

// settingsReader reads settings and collects what is wrong with them.
type settingsReader struct {
	get      Get
	problems []Problem
}

func (r *settingsReader) problem(setting, text string) {
	r.problems = append(r.problems, Problem{setting, text})
}

// of returns the setting of one signal, else that of all of them, and its name.
func (r *settingsReader) of(signal, name string) (value, setting string) {
	own := "OTEL_EXPORTER_OTLP_" + signal + "_" + name
	if v := r.get(own); v != "" {
		return v, own
	}
	all := "OTEL_EXPORTER_OTLP_" + name
	return r.get(all), all
}

// collector reads where a signal goes. A signal's own endpoint is the whole URL, and that of
// all of them lacks the path.
func (r *settingsReader) collector(signal, path string) Collector {
	exporter := "OTEL_" + signal + "_EXPORTER"
	switch r.get(exporter) {
	case "", "otlp":
	case "none":
		return Collector{}
	default:
		r.problem(exporter, "must be otlp or none; leave it out for otlp")
		return Collector{}
	}

	endpoint, setting := r.of(signal, "ENDPOINT")
	if endpoint == "" {
		return Collector{}
	}
	u, err := url.Parse(endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		r.problem(setting, "must be a URL like http://localhost:4318")
		return Collector{}
	}
	if setting == endpointSetting {
		u = u.JoinPath(path)
	}
	if !r.speaksProtobuf(signal) {
		return Collector{}
	}

	return Collector{
		URL:     u.String(),
		Headers: r.headers(signal),
		Gzip:    r.gzip(signal),
		Timeout: r.timeout(signal),
	}
}

// speaksProtobuf reports whether the protocol of a signal is the one that there is.
func (r *settingsReader) speaksProtobuf(signal string) bool {
	protocol, setting := r.of(signal, "PROTOCOL")
	if protocol == "" || protocol == "http/protobuf" {
		return true
	}
	r.problem(setting, "must be http/protobuf, the only protocol that the worker speaks. Where the Functions host needs another one, "+
		"set OTEL_EXPORTER_OTLP_"+signal+"_PROTOCOL and OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT for the worker")
	return false
}

// headers reads key=value pairs with commas between them. The values are percent-encoded.
func (r *settingsReader) headers(signal string) (out [][2]string) {
	text, setting := r.of(signal, "HEADERS")
	for key, value := range pairs(text) {
		if key == "" {
			r.problem(setting, "must be pairs like name=value, with commas between them and the values percent-encoded")
			return nil
		}
		out = append(out, [2]string{key, value})
	}
	return out
}

// pairs yields key=value pairs with commas between them. What is no pair yields an empty key.
func pairs(text string) func(yield func(key, value string) bool) {
	return func(yield func(key, value string) bool) {
		for item := range strings.SplitSeq(text, ",") {
			if strings.TrimSpace(item) == "" {
				continue
			}
			key, value, ok := strings.Cut(item, "=")
			decoded, err := url.PathUnescape(strings.TrimSpace(value))
			if !ok || err != nil {
				key = ""
			}
			if !yield(strings.TrimSpace(key), decoded) {
				return
			}
		}
	}
}

func (r *settingsReader) gzip(signal string) bool {
	text, setting := r.of(signal, "COMPRESSION")
	if text != "" && text != "gzip" && text != "none" {
		r.problem(setting, "must be gzip or none; leave it out for none")
	}
	return text == "gzip"
}

func (r *settingsReader) timeout(signal string) time.Duration {
	_, setting := r.of(signal, "TIMEOUT")
	return r.milliseconds(setting, defaultTimeout)
}

// milliseconds reads a positive number of milliseconds, up to an hour.
func (r *settingsReader) milliseconds(setting string, unset time.Duration) time.Duration {
	text := r.get(setting)
	if text == "" {
		return unset
	}
	n, err := strconv.Atoi(text)
	d := time.Duration(n) * time.Millisecond
	if err != nil || n <= 0 || d > time.Hour {
		r.problem(setting, "must be a number of milliseconds, an hour at most; leave it out for "+strconv.FormatInt(unset.Milliseconds(), 10))
		return unset
	}
	return d
}

// sampler reads which traces are recorded.
func (r *settingsReader) sampler() Sampler {
	const setting, argument = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
	name, byParent := strings.CutPrefix(r.get(setting), "parentbased_")

	switch name {
	case "":
		return Sampler{ByParent: true, Ratio: 1}
	case "always_on":
		return Sampler{ByParent: byParent, Ratio: 1}
	case "always_off":
		return Sampler{ByParent: byParent}
	case "traceidratio":
		ratio, err := strconv.ParseFloat(r.get(argument), 64)
		if r.get(argument) != "" && (err != nil || !(ratio >= 0 && ratio <= 1)) {
			r.problem(argument, "must be a number from 0 to 1; leave it out for 1")
		}
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			ratio = 1
		}
		return Sampler{ByParent: byParent, Ratio: ratio}
	default:
		r.problem(setting, "must be always_on, always_off or traceidratio, or one of these behind parentbased_; leave it out for parentbased_always_on")
		return Sampler{ByParent: true, Ratio: 1}
	}
}

// resource reads what the app is called.
func (r *settingsReader) resource(version string) Resource {
	out := Resource{Version: version}
	out.set("service.name", "azureml-dsr")
	if site := r.get("WEBSITE_SITE_NAME"); site != "" {
		out.set("service.name", site)
		out.set("cloud.provider", "azure")
		out.set("cloud.platform", "azure.functions")
	}
	out.set("service.version", version)
	if instance := r.get("WEBSITE_INSTANCE_ID"); instance != "" {
		out.set("service.instance.id", instance)
	} else {
		out.set("service.instance.id", newTraceID().String())
	}

	const setting = "OTEL_RESOURCE_ATTRIBUTES"
	for key, value := range pairs(r.get(setting)) {
		if key == "" {
			r.problem(setting, "must be pairs like name=value, with commas between them and the values percent-encoded")
			break
		}
		out.set(key, value)
	}
	if name := r.get("OTEL_SERVICE_NAME"); name != "" {
		out.set("service.name", name)
	}

	return out
}
