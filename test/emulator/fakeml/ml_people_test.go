package fakeml

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestEachMLDocumentNamesItsOwner(t *testing.T) {
	f := startML(t, Options{Account: oneWorkspace()})
	type share struct{ subjects, others int }
	shares := make(map[string]share)
	for path, document := range f.Documents() {
		row := rowOf(t, f.Server, path)
		owner, ok := f.Owner(path)
		if wanted := strings.HasPrefix(row, "W") && !strings.Contains("W51 W71i W72i", row); ok != wanted {
			t.Fatalf("%s has an owner: %v", path, ok)
		}
		if !ok {
			continue
		}

		if record, _ := member(t, document, "createdBy/userObjectId").(string); record != "" && record != owner.ObjectID {
			t.Errorf("%s: created by %s, is %s's", path, record, owner.ObjectID)
		}
		if record, _ := member(t, document, "systemData/createdBy/userObjectId").(string); record != "" && record != owner.ObjectID {
			t.Errorf("%s: created by %s, is %s's", path, record, owner.ObjectID)
		}
		if by, _ := member(t, document, "systemData/createdBy").(string); by != "" && by != owner.Name && by != owner.UPN {
			t.Errorf("%s: created by %s, is %s's", path, by, owner.Name)
		}
		if kind := textAt(t, document, "systemData/createdByType"); kind != "" && kind != owner.Type {
			t.Errorf("%s: created by a %s, is %+v's", path, kind, owner)
		}

		n := shares[row]

		if owner == f.account.Subject() {
			n.subjects++
		} else {
			n.others++
		}

		shares[row] = n
	}

	for row, n := range shares {
		if few := strings.Contains("W03 W65 W07 W33 W37 W41 W41m W43 W49 W67i W67q W67d", row); n.others == 0 || (n.subjects == 0 && !few) {
			t.Errorf("%s: %+v", row, n)
		}
	}
}

func TestARunHasTheWholeRecordOfItsPerson(t *testing.T) {
	f := startML(t, Options{})
	a := &f.account
	wants := []Person{a.Subject(), a.Namesake(), a.Guest(), a.Subject(), a.Creator(4), a.Creator(5), a.Subject(), a.ServicePrincipal(), a.ManagedIdentity()}
	for run, want := range wants {
		document := f.get(t, f.mlRunPath(0, run)).body
		for _, record := range []string{"createdBy", "lastModifiedBy"} {
			raw, err := json.Marshal(member(t, document, record))
			if err != nil {
				t.Fatal(err)
			}

			members(t, raw, "userObjectId", "userTenantId", "userName", "upn", "userPuId", "userAltSecId", "userIss", "userIdp")
			got := Person{
				ObjectID: textAt(t, raw, "userObjectId"),
				TenantID: textAt(t, raw, "userTenantId"),
				Name:     textAt(t, raw, "userName"),
				UPN:      textAt(t, raw, "upn"),
				PUID:     textAt(t, raw, "userPuId"),
				Type:     want.Type,
			}
			if got != want {
				t.Errorf("run %d by %+v, want %+v", run, got, want)
			}
		}

		if id := textAt(t, document, "userId"); id != want.ObjectID {
			t.Errorf("run %d: userId %s", run, id)
		}
	}

	if a.Subject().ObjectID != testSubject || a.Namesake().Name != a.Subject().Name || a.Namesake().ObjectID == testSubject {
		t.Errorf("the subject %+v and the namesake %+v", a.Subject(), a.Namesake())
	}
	if a.Guest().PUID == "" || a.Guest().TenantID == a.HomeTenant() || a.Guest().ObjectID == testSubject {
		t.Errorf("the guest %+v", a.Guest())
	}
}

func TestANameOnARMDoesNotTellTheSubjectFromTheNamesake(t *testing.T) {
	f := startML(t, Options{})
	hers, namesakes := f.get(t, f.jobPath(0, 0)).body, f.get(t, f.jobPath(0, 1)).body
	if name := textAt(t, hers, "systemData/createdBy"); name != f.account.Subject().Name || name != textAt(t, namesakes, "systemData/createdBy") {
		t.Errorf("created by %s and %s", name, textAt(t, namesakes, "systemData/createdBy"))
	}
	if upn := textAt(t, f.get(t, f.jobPath(0, 3)).body, "systemData/createdBy"); upn != SubjectUPN {
		t.Errorf("the fourth is created by %s", upn)
	}
	if upn := textAt(t, f.get(t, testML+mlAPI).body, "systemData/createdBy"); !strings.Contains(upn, "@") {
		t.Errorf("a workspace is created by %s", upn)
	}
}

func TestSomeDocumentsOfOthersMentionTheSubject(t *testing.T) {
	f := startML(t, Options{Account: oneWorkspace()})
	mentions := make(map[string]int)
	for path, document := range f.Documents() {
		if owner, ok := f.Owner(path); ok && owner.ObjectID != testSubject && bytes.Contains(document, []byte(SubjectUPN)) {
			mentions[rowOf(t, f.Server, path)]++
		}
	}
	for _, row := range []string{"W29", "W31", "W53", "W11", "W15"} {
		if mentions[row] == 0 {
			t.Errorf("no %s mentions the subject", row)
		}
	}
}

func TestComputeInstancesAreSomebodys(t *testing.T) {
	f := startML(t, Options{})
	for i := range 9 {
		document := f.get(t, testML+"/computes/"+f.account.MLResourceName("W05", 0, i)+mlAPI).body
		kind := textAt(t, document, "properties/computeType")
		assigned := textAt(t, document, "properties/properties/personalComputeInstanceSettings/assignedUser/objectId")
		attached, _ := member(t, document, "properties/isAttachedCompute").(bool)

		if instance := i%2 == 0; (kind == "ComputeInstance") != instance || (assigned != "") != instance {
			t.Errorf("compute %d is a %s of %q", i, kind, assigned)
		}
		if attached != (i == 3 || i == 5 || i == 7) || (assigned == testSubject) != (i == 0 || i == 6) {
			t.Errorf("compute %d, a %s, is attached: %v, and %s's", i, kind, attached, assigned)
		}
	}
}

func TestARegisteredModelIsTheSameAsItsVersion(t *testing.T) {
	f := startML(t, Options{})
	for _, item := range f.walkGET(t, testMR+"/models?listViewType=All") {
		name, version := textAt(t, item, "name"), member(t, item, "id").(string)
		version = version[strings.LastIndexByte(version, ':')+1:]
		arm := testML + "/models/" + name + "/versions/" + version + mlAPI
		if g := f.get(t, arm); g.status != http.StatusOK {
			t.Fatalf("%s: status %d", arm, g.status)
		}
		if owner, _ := f.Owner(arm); owner.ObjectID != textAt(t, item, "createdBy/userObjectId") {
			t.Errorf("%s: is %s's and %s's", arm, owner.ObjectID, textAt(t, item, "createdBy/userObjectId"))
		}
	}
}
