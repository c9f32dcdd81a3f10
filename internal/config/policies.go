package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"azureml-dsr/internal/dsr"
)

const (
	sourcePolicies  = "SOURCE_POLICIES"
	policiesExample = `{"portal":{"verification":"required"},"*":{"verification":"required","review":"required"}}`
	required        = "required"
)

// maxSource bounds the name of a source, as the schema of a request does.
const maxSource = 200

// sourcePolicies reads what is required of new requests, by their source.
func (r *reader) sourcePolicies() dsr.SourcePolicies {
	text := r.text(sourcePolicies, "")
	if text == "" {
		return nil
	}

	body, err := dsr.StrictJSON([]byte(text))
	var bySource map[string]map[string]any
	if err != nil || json.Unmarshal(body, &bySource) != nil || len(bySource) == 0 {
		r.fault(sourcePolicies, "must be a JSON object of sources, each once, and what is required of each, like %s; leave it out to require nothing", policiesExample)
		return nil
	}

	policies := dsr.SourcePolicies{}
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		policy, wrong := sourcePolicy(bySource[source])
		if wrong == "" && (source == "" || len(source) > maxSource) {
			wrong = fmt.Sprintf("a source must be 1 to %d characters; %q stands for all others, and for none", maxSource, dsr.AnySource)
		}
		if wrong != "" {
			r.fault(sourcePolicies, "%s; write it like %s", wrong, policiesExample)
			return nil
		}
		policies[source] = policy
	}

	return policies
}

// sourcePolicy reads what is required of a source. wrong says what is wrong, "" for nothing.
func sourcePolicy(rules map[string]any) (policy dsr.SourcePolicy, wrong string) {
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		switch name {
		case "verification":
			policy.Verification = true
		case "review":
			policy.Review = true
		case "secondPerson":
			if rules[name] != true {
				return policy, "secondPerson can only be true"
			}
			policy.SecondPerson = true
			continue
		default:
			return policy, "a source has a member other than verification, review and secondPerson"
		}

		if rules[name] != required {
			return policy, name + " can only be " + required
		}
	}

	if policy.SecondPerson && !policy.Review {
		return policy, "secondPerson is of a review: require that, too"
	}
	return policy, ""
}
