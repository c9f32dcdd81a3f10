package fanout

import "testing"

func TestAFailureIsOfTheItemWhoseListHasIt(t *testing.T) {
	for name, tt := range map[string]struct {
		items  []string
		failed string
		want   string
	}{
		"the item itself":                         {[]string{"a", "b"}, "b", "b"},
		"an entry of its list":                    {[]string{"a", "b"}, "b/entry", "b"},
		"the longer of two names":                 {[]string{"a", "a/b"}, "a/b/entry", "a/b"},
		"the longer of two names, in other order": {[]string{"a/b", "a"}, "a/b/entry", "a/b"},
		"the item before an entry of that name":   {[]string{"a", "a/b"}, "a/b", "a/b"},
		"no part of a name":                       {[]string{"a"}, "ab", ""},
		"nothing":                                 {[]string{"a"}, "c", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := itemOf(tt.items, tt.failed); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
