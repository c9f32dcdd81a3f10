package azureml

import (
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestAListAsOpenAIsIsReadByItsLastID(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		items  []string
		next   string
		broken bool
	}{
		"a page with another behind it":        {`{"object":"list","data":[{"id":"a"},{"id":"b"}],"first_id":"a","last_id":"b","has_more":true}`, []string{"a", "b"}, "token:b", false},
		"the flag before the id":               {`{"has_more":true,"last_id":"b","data":[{"id":"b"}]}`, []string{"b"}, "token:b", false},
		"the last page":                        {`{"data":[{"id":"c"}],"last_id":"c","has_more":false}`, []string{"c"}, "", false},
		"an empty list":                        {`{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}`, nil, "", false},
		"files, which have no pages":           {`{"object":"list","data":[{"id":"f"}]}`, []string{"f"}, "", false},
		"a bare array":                         {`[{"id":"a"}]`, []string{"a"}, "", false},
		"no data":                              {`{"object":"list","data":null,"has_more":false}`, nil, "", false},
		"a link, which such lists have not":    {`{"data":[{"id":"a"}],"nextLink":"https://evil.example.com","has_more":false}`, []string{"a"}, "", false},
		"more, but it doesn't say behind what": {`{"data":[{"id":"a"}],"has_more":true}`, nil, "", true},
		"a flag that is a text":                {`{"data":[{"id":"a"}],"last_id":"a","has_more":"true"}`, nil, "", true},
		"another service's list":               {`{"value":[{"id":"a"}]}`, nil, "", true},
		"an error in a 200":                    {`{"error":{"message":"No such thing."}}`, nil, "", true},
		"a thread in the place of its list":    {`{"object":"thread","id":"a"}`, nil, "", true},
		"null":                                 {`null`, nil, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadListing(strings.NewReader(tt.answer), row(t, "W68"))
			if (dsr.ReasonOf(err) == dsr.ReasonMalformedAnswer) != tt.broken || (err != nil) != tt.broken {
				t.Fatalf("got %v", err)
			}
			if !slices.Equal(got.Items, tt.items) || got.Next != tt.next {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTheNextPageComesAfterTheLastID(t *testing.T) {
	call := callOf(t, "W69")
	call.Cursor = "token:msg_1 &x"
	got, err := newClient(t, upstreamtest.Answers(200)).URL(call)
	if want := "/threads/item-1/messages?limit=100&order=asc&api-version=2025-05-15-preview&after=msg_1+%26x"; err != nil || !strings.HasSuffix(got, want) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAnAssetIsNamedByItsID(t *testing.T) {
	const at = "azureml://locations/eastus2/workspaces/0a1b/"
	for name, tt := range map[string]struct {
		row, id, want string
	}{
		"an index":                         {"W76", at + "indexes/census/versions/3", "census"},
		"its version":                      {"W76v", at + "indexes/census/versions/3", "3"},
		"an index that is named versions":  {"W76", at + "indexes/versions/versions/1", "versions"},
		"a prompt":                         {"W77", at + "prompts/hello/versions/1", "hello"},
		"a template":                       {"W78", "azureml://registries/r/deploymenttemplates/t/versions/1.0.0", "t"},
		"a template in capitals":           {"W78", "azureml://registries/r/deploymentTemplates/t/Versions/1.0.0", "t"},
		"its version, by the same list":    {"W78v", "azureml://registries/r/deploymenttemplates/t/versions/1.0.0", "1.0.0"},
		"an id that names nothing further": {"W76", "jlzbuo", ""},
		"an id that ends too soon":         {"W76", at + "indexes/", ""},
		"an id of something else":          {"W76", at + "models/census/versions/3", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadListing(strings.NewReader(`{"value":[{"id":"`+tt.id+`"}]}`), row(t, tt.row))
			if tt.want == "" {
				if dsr.ReasonOf(err) != dsr.ReasonMalformedAnswer {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if err != nil || !slices.Equal(got.Items, []string{tt.want}) {
				t.Errorf("got %v, %v", got.Items, err)
			}
		})
	}
}

func TestOnlyAIProjectsMustHaveWhatTheyHave(t *testing.T) {
	for name, tt := range map[string]struct {
		row     string
		project bool
		lacks   bool
	}{
		"chats, in an AI project":        {"W68", true, false},
		"chats, in another workspace":    {"W68", false, true},
		"evaluations, in an AI project":  {"W74", true, false},
		"feature sets, in an AI project": {"W44", true, true},
		"jobs":                           {"W28", false, false},
	} {
		place := dsr.Target{Level: dsr.MachineLearningWorkspace, AIProject: tt.project}
		if got := row(t, tt.row).MayLack(place); got != tt.lacks {
			t.Errorf("%s: may be missing: %t", name, got)
		}
	}
}

func TestWhenAChatWasMadeIsSaidInSeconds(t *testing.T) {
	for doc, want := range map[string]string{
		`{"id":"thread_1","created_at":1732752000}`:                  "2024-11-28T00:00:00Z",
		`{"created_at":"2024-11-28"}`:                                "",
		`{"created_at":0}`:                                           "",
		`{"created_at":null,"createdTime":"2024-11-28T00:00:00.1Z"}`: "2024-11-28T00:00:00.1Z",
	} {
		if got := CreatedAt([]byte(doc)); got != want {
			t.Errorf("%s: %q", doc, got)
		}
	}
}
