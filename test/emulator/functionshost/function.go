package functionshost

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// functionJSON is the file. Values are any, because %NAME% may stand for them.
type functionJSON struct {
	Disabled bool             `json:"disabled"`
	Bindings []map[string]any `json:"bindings"`
}

// parseFunction reads one function.json; disabled is the file's own switch.
func parseFunction(name string, data []byte, defaults ServiceBusTrigger, lookup lookupFunc) (f Function, disabled bool, err error) {
	var file functionJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return Function{}, false, fmt.Errorf("reading function.json: %w", err)
	}
	t, others, err := splitBindings(file.Bindings, lookup)
	if err != nil {
		return Function{}, file.Disabled, err
	}
	f = Function{Name: name, Binding: t.text("name")}
	if f.Binding == "" {
		return Function{}, file.Disabled, errors.New("name: the trigger has none")
	}

	switch kind := t.text("type"); strings.ToLower(kind) {
	case "servicebustrigger":
		f.ServiceBus, err = t.serviceBus(defaults, lookup)
	case "timertrigger":
		f.Timer, err = t.timer()
	case "httptrigger":
		f.HTTP, err = t.http(name, others)
		others = nil // the trigger's parser has read them
	default:
		err = unsupported(fmt.Sprintf("type: the trigger type %q", kind), "use serviceBusTrigger, timerTrigger or httpTrigger")
	}
	if err == nil && len(others) > 0 {
		err = unsupported(fmt.Sprintf("type: the binding type %q", others[0].text("type")), "call the service from the handler")
	}

	return f, file.Disabled, err
}

// splitBindings finds the one trigger among the bindings.
func splitBindings(bindings []map[string]any, lookup lookupFunc) (t binding, others []binding, err error) {
	var triggers []binding
	for _, members := range bindings {
		b := lowered(members)
		if err := b.resolve(lookup); err != nil {
			return nil, nil, err
		}

		if strings.HasSuffix(strings.ToLower(b.text("type")), "trigger") {
			triggers = append(triggers, b)
		} else {
			others = append(others, b)
		}
	}
	if len(triggers) != 1 {
		return nil, nil, fmt.Errorf("bindings: it has %d triggers, not one", len(triggers))
	}

	return triggers[0], others, nil
}

// binding is one entry of bindings; its keys are matched ignoring case.
type binding map[string]any

func lowered(members map[string]any) binding {
	b := make(binding, len(members))
	for k, v := range members {
		b[strings.ToLower(k)] = v
	}
	return b
}

func (b binding) resolve(lookup lookupFunc) error {
	for k, v := range b {
		s, ok := v.(string)
		if !ok {
			continue
		}
		r, err := resolve(s, lookup)
		if err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		b[k] = r
	}
	return nil
}

func (b binding) text(key string) string {
	s, _ := b[strings.ToLower(key)].(string)
	return s
}

func (b binding) boolean(key string, unset bool) (bool, error) {
	switch v := b[strings.ToLower(key)].(type) {
	case nil:
		return unset, nil
	case bool:
		return v, nil
	case string:
		on, err := parseBool(v)
		if err != nil {
			return false, fmt.Errorf("%s: %w", key, err)
		}
		return on, nil
	}
	return false, fmt.Errorf("%s: neither true nor false", key)
}

// texts reads an array of texts; nil when there is none.
func (b binding) texts(key string) ([]string, error) {
	v, ok := b[strings.ToLower(key)]
	if !ok || v == nil {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s: not an array of texts", key)
	}

	var all []string
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return nil, fmt.Errorf("%s: not an array of texts", key)
		}
		all = append(all, s)
	}

	return all, nil
}
