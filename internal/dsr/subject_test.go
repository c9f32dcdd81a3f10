package dsr_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestTheShortestAliasBoundsWhatNamesTheSubject(t *testing.T) {
	for name, tt := range map[string]struct {
		subject *dsr.Subject
		want    int
	}{
		"nobody":                {nil, 0},
		"an object id":          {&dsr.Subject{ObjectID: "oid-ann"}, 7},
		"the shortest of four":  {&dsr.Subject{ObjectID: "oid-ann", UserPrincipalName: "ann@x", PUID: "puid-1", Mail: []string{"", "a@b"}}, 3},
		"characters, not bytes": {&dsr.Subject{ObjectID: "Ⱥöü"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.subject.ShortestAlias(); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// No string that names the subject may be shorter than its shortest alias, whatever
// lower case does to its length.
func FuzzNoMatchIsShorterThanTheShortestAlias(f *testing.F) {
	for _, s := range [][2]string{{"ann@x", "ANN@X"}, {"ⱥ", "Ⱥ"}, {"İ", "i̇"}, {"\u212a", "k"}, {"\xff", "\ufffd"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, alias, text string) {
		s := &dsr.Subject{ObjectID: alias}
		if alias != "" && s.Is()(text) && len(text) < s.ShortestAlias() {
			t.Errorf("%q names %q and is shorter", text, alias)
		}
	})
}
