package cli

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestMentionsAreCountedAndTheFirstPrinted(t *testing.T) {
	const tail = "  they stay: a person decides on what only mentions the subject, or may be the subject's by a name that others share\n"
	mentions := []dsr.Mention{{Endpoint: "W33", Target: "/t", Item: "e", URL: "/u", Owner: dsr.OwnerPossible}, {Endpoint: "W43", Target: "/t", Item: "c", URL: "/v"}}
	const first, second = "mention  W33  /t  e  possible  /u\n", "mention  W43  /t  c  mentions  /v\n"
	for name, tt := range map[string]struct {
		mentions       []dsr.Mention
		omitted, first int
		want           string
	}{
		"none":           {nil, 0, 5, ""},
		"all":            {mentions, 0, 5, first + second + "mentions=2  possible=1" + tail},
		"the first":      {mentions, 0, 1, first + "mentions=2  possible=1  notShown=1" + tail},
		"some not named": {mentions, 7, 2, first + second + "mentions=9  possible=1  notShown=7" + tail},
	} {
		var out strings.Builder
		if PrintMentions(&out, tt.mentions, tt.omitted, tt.first); out.String() != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, out.String(), tt.want)
		}
	}
}
