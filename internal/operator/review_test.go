package operator_test

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

func TestACopyThatSomebodyMustLookAtIsHandedToNobody(t *testing.T) {
	s := operatortest.New(t)
	request := dsr.NewRequestRecord(dsr.Request{SchemaVersion: dsr.SchemaVersion, ID: "req-1", Kind: dsr.KindExport}, "", true, operatortest.Time)
	request.Review = dsr.ReviewRequired
	_, err := s.Ledger.RecordRequest(t.Context(), request)
	s.Must(err)

	o, _ := s.Operator(operatortest.Time)
	if err := o.CheckReview(t.Context(), "req-1"); operator.KindOf(err) != operator.Refused || !strings.Contains(err.Error(), "review") {
		t.Errorf("%v", err)
	}
}
