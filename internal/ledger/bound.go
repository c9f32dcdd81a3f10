package ledger

import "azureml-dsr/internal/dsr"

// checkLength refuses a record that could not be read again. Whoever makes records
// splits them long before: one that is refused here would be stuck for ever.
func checkLength(name string, body []byte) error {
	if len(body) > maxRecord {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonRecordTooLong,
			"record %s has %d bytes, and %d is the most that can be read again", name, len(body), maxRecord)
	}
	return nil
}
