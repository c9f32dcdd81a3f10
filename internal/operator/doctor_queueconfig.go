package operator

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus/admin"

	azuremldsr "azureml-dsr"
)

// queueConfig is a queue of deploy/servicebus.config.json.
type queueConfig struct {
	Name       string
	Properties map[string]any
}

// configuredQueues returns the queues of deploy/servicebus.config.json.
func configuredQueues() []queueConfig {
	var file struct {
		UserConfig struct {
			Namespaces []struct{ Queues []queueConfig }
		}
	}
	if err := json.Unmarshal([]byte(azuremldsr.QueuesJSON), &file); err != nil {
		panic(err) // the file is embedded, and a test reads it
	}

	var queues []queueConfig
	for _, space := range file.UserConfig.Namespaces {
		queues = append(queues, space.Queues...)
	}
	return queues
}

// difference is a property of a queue that is not as configured.
type difference struct{ name, got, want string }

// differences compares the properties that the configuration names.
func (q queueConfig) differences(got admin.QueueProperties) []difference {
	var out []difference
	fields := reflect.ValueOf(got)
	for name, want := range q.Properties {
		field := fields.FieldByName(name)
		if !field.IsValid() || field.Kind() != reflect.Pointer {
			continue // a property that this client knows nothing of
		}

		is := ""
		if !field.IsNil() {
			is = fmt.Sprint(field.Elem().Interface())
		}
		if wanted := fmt.Sprint(want); !sameProperty(is, wanted) {
			out = append(out, difference{name: name, got: is, want: wanted})
		}
	}
	slices.SortFunc(out, func(a, b difference) int { return strings.Compare(a.name, b.name) })
	return out
}

// sameProperty compares two values. A duration has several spellings, and a false value may
// be left out.
func sameProperty(a, b string) bool {
	if left, ok := isoDuration(a); ok {
		right, ok := isoDuration(b)
		return ok && left == right
	}
	return strings.EqualFold(a, b) || (a == "" && strings.EqualFold(b, "false"))
}

var iso8601 = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$`)

// isoDuration reads a duration like P1DT2H. What is longer than a Go duration holds is none.
func isoDuration(text string) (time.Duration, bool) {
	m := iso8601.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}

	var sum time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil || n > int64((1<<63-1)/unit) {
			return 0, false
		}
		sum += time.Duration(n) * unit
	}
	return sum, true
}

// unchangeable are the properties that a queue has from its creation on.
var unchangeable = []string{"RequiresDuplicateDetection", "RequiresSession"}

// queueFlags are the flags of `az servicebus queue` by property.
var queueFlags = map[string]string{
	"LockDuration":                        "--lock-duration",
	"MaxDeliveryCount":                    "--max-delivery-count",
	"DefaultMessageTimeToLive":            "--default-message-time-to-live",
	"DeadLetteringOnMessageExpiration":    "--enable-dead-lettering-on-message-expiration",
	"RequiresDuplicateDetection":          "--enable-duplicate-detection",
	"DuplicateDetectionHistoryTimeWindow": "--duplicate-detection-history-time-window",
	"RequiresSession":                     "--enable-session",
}

// explainDifferences says what a queue's properties should be.
func (d *doctor) explainDifferences(q queueConfig, wrong []difference) fault {
	var detail, flags []string
	anew := false
	for _, w := range wrong {
		is := w.got
		if is == "" {
			is = "not set"
		}
		detail = append(detail, fmt.Sprintf("%s is %s and should be %s", w.name, is, w.want))
		flags = append(flags, queueFlags[w.name]+" "+w.want)
		anew = anew || slices.Contains(unchangeable, w.name)
	}

	named := fmt.Sprintf("--name %s --namespace-name %s --resource-group GROUP", q.Name, d.settings.Namespace())
	f := fault{
		detail:  strings.Join(detail, "; "),
		remedy:  "set it as deploy/servicebus.config.json has it",
		command: "az servicebus queue update " + named + " " + strings.Join(flags, " "),
	}
	if anew {
		f.remedy = "a queue has this from its creation on: once it is empty, delete it and create it anew as deploy/servicebus.config.json has it"
		f.command = "az servicebus queue delete " + named + " && azd provision"
	}
	return f
}
