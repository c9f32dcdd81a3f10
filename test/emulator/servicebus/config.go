package servicebus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Config says which queues there are.
type Config struct {
	Queues []QueueConfig
	// MaxMessageSize bounds a message in bytes. Default: that of the Standard tier, 256
	// KiB; a Premium namespace may take 100 MB.
	MaxMessageSize int
}

// QueueConfig describes a queue. The defaults that [ParseConfig] fills in are
// those of Service Bus.
type QueueConfig struct {
	// Name is looked up without regard to case.
	Name string
	// LockDuration is how long a received message stays locked: above 0, up to
	// 5 minutes. Default 1 minute.
	LockDuration time.Duration
	// MaxDeliveryCount is after how many failed deliveries a message is
	// dead-lettered, from 1 on. Default 10.
	MaxDeliveryCount int
	// DefaultMessageTimeToLive bounds how long a message waits. Default 0: for
	// ever.
	DefaultMessageTimeToLive time.Duration
	// DeadLetteringOnMessageExpiration keeps what outlived its time to live in
	// the dead-letter queue. Default false: it is dropped.
	DeadLetteringOnMessageExpiration bool
	// DuplicateDetectionWindow is how long a message id is remembered, 20
	// seconds to 7 days. Default 0: no detection.
	DuplicateDetectionWindow time.Duration
	// ForwardTo names the queue that what is sent here is moved to; nothing can
	// be received here then. Default "": messages stay.
	ForwardTo string
	// ForwardDeadLetteredMessagesTo names the queue that dead letters are moved
	// to. Default "": they stay in the dead-letter queue.
	ForwardDeadLetteredMessagesTo string
}

// configFile is the format of Microsoft's Service Bus emulator.
type configFile struct {
	UserConfig struct {
		Namespaces []struct {
			Name   string
			Queues []struct {
				Name       string
				Properties json.RawMessage
			}
			Topics []json.RawMessage
		}
		Logging json.RawMessage
	}
}

// properties are a queue's; a nil pointer is a member that was left out.
type properties struct {
	LockDuration                        *string
	MaxDeliveryCount                    *int
	DefaultMessageTimeToLive            *string
	DeadLetteringOnMessageExpiration    bool
	RequiresDuplicateDetection          bool
	DuplicateDetectionHistoryTimeWindow *string
	RequiresSession                     bool
	ForwardTo                           string
	ForwardDeadLetteredMessagesTo       string
}

// ParseConfig reads the configuration file of Microsoft's Service Bus emulator.
// Members that the emulator doesn't know are refused, so that a misspelt one is
// found. Errors name the queue and the field.
func ParseConfig(r io.Reader) (Config, error) {
	var file configFile
	if err := strict(r, &file); err != nil {
		return Config{}, fmt.Errorf("reading the broker's configuration: %w", err)
	}
	if n := len(file.UserConfig.Namespaces); n != 1 {
		return Config{}, fmt.Errorf("UserConfig.Namespaces: there must be one, not %d", n)
	}
	ns := file.UserConfig.Namespaces[0]
	if len(ns.Topics) > 0 {
		return Config{}, fmt.Errorf("namespace %q: Topics: topics are not implemented; leave them out", ns.Name)
	}

	var cfg Config
	for _, q := range ns.Queues {
		queue, err := parseQueue(q.Name, q.Properties)
		if err != nil {
			return Config{}, fmt.Errorf("queue %q: %w", q.Name, err)
		}
		cfg.Queues = append(cfg.Queues, queue)
	}

	return cfg, cfg.validate()
}

func strict(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("there is more after the JSON value")
	}
	return nil
}

func parseQueue(name string, raw json.RawMessage) (QueueConfig, error) {
	var p properties
	if len(raw) > 0 {
		if err := strict(bytes.NewReader(raw), &p); err != nil {
			return QueueConfig{}, fmt.Errorf("Properties: %w", err)
		}
	}

	if p.RequiresSession {
		return QueueConfig{}, fmt.Errorf("RequiresSession: sessions are not implemented; set it to false")
	}

	q := QueueConfig{
		Name:                             name,
		MaxDeliveryCount:                 10,
		DeadLetteringOnMessageExpiration: p.DeadLetteringOnMessageExpiration,
		ForwardTo:                        p.ForwardTo,
		ForwardDeadLetteredMessagesTo:    p.ForwardDeadLetteredMessagesTo,
	}

	if p.MaxDeliveryCount != nil {
		q.MaxDeliveryCount = *p.MaxDeliveryCount
	}

	var err error
	if q.LockDuration, err = duration("LockDuration", p.LockDuration, time.Minute); err != nil {
		return QueueConfig{}, err
	}
	if q.DefaultMessageTimeToLive, err = duration("DefaultMessageTimeToLive", p.DefaultMessageTimeToLive, 0); err != nil {
		return QueueConfig{}, err
	}
	if q.DefaultMessageTimeToLive == math.MaxInt64 {
		q.DefaultMessageTimeToLive = 0 // Azure's way to say: for ever
	}

	window, err := duration("DuplicateDetectionHistoryTimeWindow", p.DuplicateDetectionHistoryTimeWindow, 10*time.Minute)
	if err != nil {
		return QueueConfig{}, err
	}

	if p.RequiresDuplicateDetection {
		q.DuplicateDetectionWindow = window
	}

	return q, nil
}

func duration(field string, s *string, fallback time.Duration) (time.Duration, error) {
	if s == nil {
		return fallback, nil
	}
	d, err := parseDuration(*s)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", field, err)
	}
	return d, nil
}

func (c Config) validate() error {
	byName := map[string]QueueConfig{}
	for _, q := range c.Queues {
		if err := q.validate(); err != nil {
			return fmt.Errorf("queue %q: %w", q.Name, err)
		}
		name := strings.ToLower(q.Name)
		if _, ok := byName[name]; ok {
			return fmt.Errorf("queue %q: Name: there is another queue of this name", q.Name)
		}
		byName[name] = q
	}

	for _, q := range c.Queues {
		if err := checkForwarding(byName, q, 0); err != nil {
			return fmt.Errorf("queue %q: %w", q.Name, err)
		}
	}

	return nil
}

// maxHops is how often Service Bus forwards a message
// (learn.microsoft.com, "Chaining Service Bus entities with autoforwarding").
const maxHops = 4

// checkForwarding follows every way that a message of q can take. A cycle exceeds
// the limit too.
func checkForwarding(byName map[string]QueueConfig, q QueueConfig, hops int) error {
	for _, way := range []struct{ field, to string }{
		{"ForwardTo", q.ForwardTo},
		{"ForwardDeadLetteredMessagesTo", q.ForwardDeadLetteredMessagesTo},
	} {
		if way.to == "" {
			continue
		}

		next, ok := byName[strings.ToLower(way.to)]
		switch {
		case !ok:
			return fmt.Errorf("%s: there is no queue %q; name one of this file", way.field, way.to)
		case hops == maxHops:
			return fmt.Errorf("%s: messages would be forwarded more than %d times; shorten the chain", way.field, maxHops)
		}

		if err := checkForwarding(byName, next, hops+1); err != nil {
			return err
		}
	}
	return nil
}

func (q QueueConfig) validate() error {
	window := q.DuplicateDetectionWindow
	switch {
	case q.Name == "" || len(q.Name) > 260 || strings.ContainsAny(q.Name, "$?#*@\\"):
		return fmt.Errorf("Name: must be 1 to 260 characters without $?#*@\\")
	case q.LockDuration <= 0 || q.LockDuration > 5*time.Minute:
		return fmt.Errorf("LockDuration: must be above 0 and at most PT5M")
	case q.MaxDeliveryCount < 1 || q.MaxDeliveryCount > math.MaxInt32:
		return fmt.Errorf("MaxDeliveryCount: must be at least 1")
	case q.DefaultMessageTimeToLive < 0:
		return fmt.Errorf("DefaultMessageTimeToLive: must not be negative")
	case window != 0 && (window < 20*time.Second || window > 7*24*time.Hour):
		return fmt.Errorf("DuplicateDetectionHistoryTimeWindow: must be PT20S to P7D")
	}
	return nil
}
