package personcopy

import (
	"fmt"
	"testing"

	"azureml-dsr/internal/dsr"
)

// TestOwnNamesAreNotedOnce holds that memory does not grow with the documents that name the
// subject.
func TestOwnNamesAreNotedOnce(t *testing.T) {
	p := NewPeople(dsr.Subject{ObjectID: "o-1", UserPrincipalName: "ada.king@example.org", DisplayName: "Ada King"})
	before := len(p.ownNames)
	for range 1000 {
		if err := p.Learn([]byte(`{"createdBy":{"userObjectId":"o-1","userName":"Ada King","upn":"ada.king@example.org"}}`)); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.ownNames) != before {
		t.Errorf("%d names, not %d", len(p.ownNames), before)
	}

	for i := range 2 * maxOwn {
		if err := p.Learn(fmt.Appendf(nil, `{"createdBy":{"userObjectId":"o-1","userName":"Name%dx"}}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.ownNames) > maxOwn {
		t.Errorf("%d names are held", len(p.ownNames))
	}
}
