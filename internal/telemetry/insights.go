package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// insightsExporter sends to Application Insights, by the protocol that Azure Monitor's own
// exporters use: a line of JSON for each span and point.
// (https://github.com/Azure/azure-sdk-for-net/tree/main/sdk/monitor/Azure.Monitor.OpenTelemetry.Exporter)
type insightsExporter struct {
	*sender
	key        string
	tags       map[string]string
	sampleRate float64 // percent
}

func newInsightsExporter(s Settings, opts Options) insightsExporter {
	e := insightsExporter{
		key: s.Insights.Key,
		tags: map[string]string{
			"ai.cloud.role":         s.Resource.get("service.name"),
			"ai.cloud.roleInstance": s.Resource.get("service.instance.id"),
			"ai.application.ver":    s.Resource.Version,
		},
		sampleRate: 100 * s.Sampler.Ratio,
		sender: &sender{
			client:      opts.Client,
			url:         strings.TrimSuffix(s.Insights.Endpoint, "/") + "/v2.1/track",
			contentType: "application/x-json-stream",
			gzip:        true,
			timeout:     defaultTimeout,
		},
	}
	if s.Insights.Identity {
		e.authorize = bearer(opts.Token, s.Insights.Audience)
	}
	return e
}

// bearer returns what sets the token of an identity.
func bearer(token func(context.Context, string) (string, error), audience string) func(context.Context, http.Header) error {
	return func(ctx context.Context, h http.Header) error {
		if token == nil {
			return errNoToken
		}
		t, err := token(ctx, audience)
		if err != nil {
			return errNoToken // the error may quote more than a log is for
		}
		h.Set("Authorization", "Bearer "+t)
		return nil
	}
}

var errNoToken = errors.New("the identity got no token for Application Insights")

// envelope is what Application Insights takes.
type envelope struct {
	Name       string            `json:"name"`
	Time       string            `json:"time"`
	SampleRate float64           `json:"sampleRate,omitempty"`
	Key        string            `json:"iKey"`
	Tags       map[string]string `json:"tags"`
	Data       base              `json:"data"`
}

type base struct {
	Type string `json:"baseType"`
	Data any    `json:"baseData"`
}

type requestData struct {
	Version      int               `json:"ver"`
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	Duration     string            `json:"duration"`
	ResponseCode string            `json:"responseCode"`
	Success      bool              `json:"success"`
	Properties   map[string]string `json:"properties,omitempty"`
}

type dependencyData struct {
	Version    int               `json:"ver"`
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Target     string            `json:"target,omitempty"`
	Duration   string            `json:"duration"`
	ResultCode string            `json:"resultCode"`
	Success    bool              `json:"success"`
	Properties map[string]string `json:"properties,omitempty"`
}

type insightsMetrics struct {
	Version    int               `json:"ver"`
	Metrics    []insightsPoint   `json:"metrics"`
	Properties map[string]string `json:"properties,omitempty"`
}

type insightsPoint struct {
	Name  string   `json:"name"`
	Value float64  `json:"value"`
	Count uint64   `json:"count,omitempty"`
	Min   *float64 `json:"min,omitempty"`
	Max   *float64 `json:"max,omitempty"`
}

func (e insightsExporter) exportSpans(ctx context.Context, spans []data) (int64, error) {
	lines := make([]envelope, 0, len(spans))
	for i := range spans {
		lines = append(lines, e.span(&spans[i]))
	}
	return e.export(ctx, lines)
}

func (e insightsExporter) exportMetrics(ctx context.Context, all []metricData) (int64, error) {
	var lines []envelope
	for _, m := range all {
		for _, p := range m.points {
			lines = append(lines, e.point(m, p))
		}
	}
	return e.export(ctx, lines)
}

// export sends lines and counts those that are not taken.
func (e insightsExporter) export(ctx context.Context, lines []envelope) (int64, error) {
	var body bytes.Buffer
	to := json.NewEncoder(&body)
	for _, l := range lines {
		if err := to.Encode(l); err != nil {
			return int64(len(lines)), fmt.Errorf("encoding telemetry: %w", err)
		}
	}

	_, answer, err := e.send(ctx, body.Bytes())
	if err != nil {
		return int64(len(lines)), err
	}

	var taken struct {
		Received int64 `json:"itemsReceived"`
		Accepted int64 `json:"itemsAccepted"`
	}
	_ = json.Unmarshal(answer, &taken) // an answer without counts has taken all
	if lost := taken.Received - taken.Accepted; lost > 0 {
		return lost, errRejected
	}
	return 0, nil
}

func (e insightsExporter) span(s *data) envelope {
	tags := map[string]string{"ai.operation.id": s.context.TraceID.String()}
	for k, v := range e.tags {
		tags[k] = v
	}
	if !s.parent.IsZero() {
		tags["ai.operation.parentId"] = s.parent.String()
	}

	l := envelope{Time: s.start.UTC().Format(time.RFC3339Nano), SampleRate: e.sampleRate, Key: e.key, Tags: tags}
	properties, code := propertiesOf(s)
	duration := durationText(s.end.Sub(s.start))
	if s.kind == Server || s.kind == Consumer {
		l.Name = "Microsoft.ApplicationInsights.Request"
		tags["ai.operation.name"] = s.name
		l.Data = base{"RequestData", requestData{
			Version:      2,
			ID:           s.context.SpanID.String(),
			Name:         s.name,
			Duration:     duration,
			ResponseCode: code,
			Success:      s.failure == "",
			Properties:   properties,
		}}
		return l
	}

	l.Name = "Microsoft.ApplicationInsights.RemoteDependency"
	l.Data = base{"RemoteDependencyData", dependencyData{
		Version:    2,
		ID:         s.context.SpanID.String(),
		Name:       s.name,
		Type:       dependencyType(s),
		Target:     firstOf(properties, "server.address", "messaging.destination.name"),
		Duration:   duration,
		ResultCode: code,
		Success:    s.failure == "",
		Properties: properties,
	}}
	return l
}

func dependencyType(s *data) string {
	switch s.kind {
	case Client:
		return "HTTP"
	case Producer:
		return "Queue Message | servicebus"
	default:
		return "InProc"
	}
}

// propertiesOf returns the attributes of a span, and the code of its answer.
func propertiesOf(s *data) (properties map[string]string, code string) {
	properties = make(map[string]string, s.count+1)
	for _, a := range s.attributes[:s.count] {
		properties[a.key] = a.text
		if a.isNumber {
			properties[a.key] = strconv.FormatInt(a.number, 10)
		}
	}
	if len(s.links) > 0 {
		properties["_MS.links"] = linksText(s.links)
	}

	code = firstOf(properties, "http.response.status_code", "error.type")
	if code == "" {
		code = "0"
	}
	return properties, code
}

func firstOf(properties map[string]string, names ...string) string {
	for _, n := range names {
		if v := properties[n]; v != "" {
			return v
		}
	}
	return ""
}

func linksText(links []SpanContext) string {
	type link struct {
		Operation string `json:"operation_Id"`
		ID        string `json:"id"`
	}
	all := make([]link, 0, len(links))
	for _, l := range links {
		all = append(all, link{l.TraceID.String(), l.SpanID.String()})
	}
	text, _ := json.Marshal(all) // it is text only
	return string(text)
}

// durationText writes a duration as .NET does: d.hh:mm:ss.fffffff.
func durationText(d time.Duration) string {
	d = max(d, 0)
	days, d := d/(24*time.Hour), d%(24*time.Hour)
	return fmt.Sprintf("%d.%02d:%02d:%02d.%07d", days,
		d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second, d%time.Second/(100*time.Nanosecond))
}

func (e insightsExporter) point(m metricData, p point) envelope {
	properties := make(map[string]string, len(p.attrs))
	for _, a := range p.attrs {
		properties[a.Key] = a.Value
	}

	value := insightsPoint{Name: m.name, Value: p.sum}
	if m.kind == histogram {
		value.Count, value.Min, value.Max = p.count, &p.min, &p.max
	}
	return envelope{
		Name: "Microsoft.ApplicationInsights.Metric",
		Time: m.end.UTC().Format(time.RFC3339Nano),
		Key:  e.key,
		Tags: e.tags,
		Data: base{"MetricData", insightsMetrics{Version: 2, Metrics: []insightsPoint{value}, Properties: properties}},
	}
}
