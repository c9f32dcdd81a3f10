package fakeml

import (
	"bytes"
	"strings"
	"testing"
)

func TestEachContainerHoldsDocumentsOfOthersToo(t *testing.T) {
	type share struct{ subject, others int }
	shares := make(map[string]share)
	s := New(Options{Account: testAccount()})
	count := func(container string, document []byte) {
		n := shares[container]
		if bytes.Contains(document, []byte(testSubject)) {
			n.subject++
		} else {
			n.others++
		}
		shares[container] = n
	}
	for path, document := range s.Documents() {
		switch rowOf(t, s, path) {
		case "E03", "E05", "E07", "E09":
			count(rowOf(t, s, path)+" of the hosting account", document)
		case "E11":
			count("computes", document)
		case "E16", "E25":
			for _, container := range []string{"/accounts/exp-1", "/workspaces/workspace-00/", "/workspaces/workspace-01/",
				"/workspaces/workspace-00/projects/project-00/", "/workspaces/workspace-01/projects/project-02/"} {
				if strings.Contains(path, container) {
					count(rowOf(t, s, path)+" of "+container, document)
				}
			}
		}
	}

	if len(shares) != 15 {
		t.Errorf("shares %v", shares)
	}

	for container, n := range shares {
		if n.subject == 0 || n.others == 0 {
			t.Errorf("%s: %d of the subject, %d of others", container, n.subject, n.others)
		}
	}
}
