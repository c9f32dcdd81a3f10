package operator

import "azureml-dsr/internal/dsr"

// Widens reports whether a copy by a policy may have what the installation leaves out of
// copies.
func (o *Operator) Widens(p dsr.CopyPolicy) bool { return p.Exceeds(o.copies) }

// checkPolicy returns what is wrong with the policy of an order.
func checkPolicy(p dsr.CopyPolicy) error {
	if err := p.Check(); err != nil {
		return invalid("policy", "policy: %s", err.Error())
	}
	return nil
}
