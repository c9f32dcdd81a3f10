package infra_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	azuremldsr "azureml-dsr"
	"azureml-dsr/test/infra/bicep"
)

// configured returns the queues of deploy/servicebus.config.json.
func configured(t *testing.T) []any {
	t.Helper()
	space := decode(t, []byte(azuremldsr.QueuesJSON)).(map[string]any)["UserConfig"].(map[string]any)["Namespaces"].([]any)[0]
	return space.(map[string]any)["Queues"].([]any)
}

func queueNames(t *testing.T) (names []string) {
	for _, q := range configured(t) {
		names = append(names, q.(map[string]any)["Name"].(string))
	}
	return names
}

// TestTheTemplateMakesTheQueuesOfTheConfiguration evaluates the loop over the queues, and
// wants every property of the configuration and nothing else.
func TestTheTemplateMakesTheQueuesOfTheConfiguration(t *testing.T) {
	f := parse(t, "app/queues.bicep")
	queue := find(t, f, "queue")
	v := values{t, f, nil}

	want, got := map[string]any{}, map[string]any{}
	for _, q := range configured(t) {
		properties := map[string]any{}
		for key, value := range q.(map[string]any)["Properties"].(map[string]any) {
			properties[strings.ToLower(key[:1])+key[1:]] = value
		}
		want[q.(map[string]any)["Name"].(string)] = properties
	}

	for _, item := range v.of(queue.Loop.In).([]any) {
		each := v.with(queue.Loop.Item, item)
		properties := each.of(body(t, queue, "properties")).(map[string]any)
		for key, value := range properties {
			if value == nil { // it is left out
				delete(properties, key)
			}
		}
		got[each.of(body(t, queue, "name")).(string)] = properties
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-configuration +template):\n%s", diff)
	}
}

// body returns what a resource's body says of a key.
func body(t *testing.T, r bicep.Resource, key string) bicep.Node {
	t.Helper()
	n, ok := r.Body.Get(key)
	if !ok {
		t.Fatalf("%s has no %s", r.Symbol, key)
	}
	return n
}
