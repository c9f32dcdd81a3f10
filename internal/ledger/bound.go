package ledger

import "azureml-dsr/internal/dsr"

// checkLength returns a permanent error for a record that is too long to be read
// again. Callers split their records long before this limit.
func checkLength(name string, body []byte) error {
	if len(body) > maxRecord {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonRecordTooLong,
			"record %s has %d bytes, and %d is the most that can be read again", name, len(body), maxRecord)
	}
	return nil
}
