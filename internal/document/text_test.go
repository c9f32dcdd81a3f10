package document_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"
)

// masked copies a document that has no secrets of its own, and looks everywhere.
func masked(t testing.TB, doc string, secrets ...document.Secret) (string, document.Result) {
	t.Helper()
	out, result, err := document.CopyHeld([]byte(doc), document.Options{Secrets: secrets, Everywhere: true})
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return string(out), result
}

func TestWhatLooksLikeASecretIsMaskedWhereverItStands(t *testing.T) {
	long := strings.Repeat("A1b2", 12)
	for name, tt := range map[string]struct{ doc, want string }{
		"a member's name":                {`{"docker":{"baseImageRegistry":{"password":"hunter22"}}}`, `{"docker":{"baseImageRegistry":{"password":"[masked]"}}}`},
		"in another spelling":            {`{"metadata":{"ApiKey":"hunter22","api_key":"hunter22","X-Api-Key":"hunter22"}}`, `{"metadata":{"ApiKey":"[masked]","api_key":"[masked]","X-Api-Key":"[masked]"}}`},
		"with escapes":                   {`{"pass\u0077ord":"hunter22"}`, `{"pass\u0077ord":"[masked]"}`},
		"a number":                       {`{"password":12345678}`, `{"password":"[masked]"}`},
		"named by a member beside it":    {`[{"name":"HF_TOKEN","value":"hunter22"},{"name":"EPOCHS","value":"10"}]`, `[{"name":"HF_TOKEN","value":"[masked]"},{"name":"EPOCHS","value":"10"}]`},
		"named by a member behind it":    {`[{"value":"hunter22","name":"HF_TOKEN"},{"value":"10","name":"EPOCHS"}]`, `[{"value":"[masked]","name":"HF_TOKEN"},{"value":"10","name":"EPOCHS"}]`},
		"with others between them":       {`{"value": "hunter22", "slot": {"a":[1, "x"]} , "key": "api-key", "b":2}`, `{"value": "[masked]", "slot": {"a":[1, "x"]} , "key": "api-key", "b":2}`},
		"pairs in one another":           {`{"value":"10","in":{"value":"hunter22","in":[{"value":7777777,"header":"Authorization"}],"key":"TOKEN"},"name":"N"}`, `{"value":"10","in":{"value":"[masked]","in":[{"value":"[masked]","header":"Authorization"}],"key":"TOKEN"},"name":"N"}`},
		"with its value twice":           {`{"value":"hunter22","value":"hunter22","name":"TOKEN"}`, `{"value":"[masked]","value":"[masked]","name":"TOKEN"}`},
		"a pair in capitals":             {`[{"Value":"hunter22","Name":"HF_TOKEN"},{"Key":"pwd","Value":"hunter22"}]`, `[{"Value":"[masked]","Name":"HF_TOKEN"},{"Key":"pwd","Value":"[masked]"}]`},
		"without a name at all":          {`{"value":"hunter2","a":{"value":1},"list":["value"]}`, `{"value":"hunter2","a":{"value":1},"list":["value"]}`},
		"user information in pip's text": {`{"pip":["--extra-index-url https://ann:hunter22@pkgs.example/simple"]}`, `{"pip":["--extra-index-url https://[masked]@pkgs.example/simple"]}`},
		"a token before a host":          {`{"target":"https://hunter22@dev.azure.com/org"}`, `{"target":"https://[masked]@dev.azure.com/org"}`},
		"a signed link in a text":        {`{"log":"see https://x.blob.example/c/b?sv=1&sig=hunter22%3D&se=2 for more"}`, `{"log":"see https://x.blob.example/c/b?sv=1&sig=[masked]&se=2 for more"}`},
		"a connection string":            {`{"v":"AccountName=x;AccountKey=hunter22==;EndpointSuffix=y"}`, `{"v":"AccountName=x;AccountKey=[masked];EndpointSuffix=y"}`},
		"a command's option":             {`{"command":"python t.py --epochs 3 --api-key hunter22 --out x"}`, `{"command":"python t.py --epochs 3 --api-key [masked] --out x"}`},
		"an assignment":                  {`{"command":"export HF_TOKEN=hunter22 && run"}`, `{"command":"export HF_TOKEN=[masked] && run"}`},
		"a header":                       {`{"curl":"-H 'Authorization: Bearer hunter22' x"}`, `{"curl":"-H 'Authorization: Bearer [masked]' x"}`},
		"JSON in a string":               {`{"v":"{\"password\":\"hunter22\",\"a\":1}"}`, `{"v":"{\"password\":\"[masked]\",\"a\":1}"}`},
		"YAML in a string":               {`{"v":"user: ann\npassword: hunter22\nepochs: 3"}`, `{"v":"user: ann\npassword: [masked]\nepochs: 3"}`},
		"a private key":                  {`{"v":"-----BEGIN RSA PRIVATE KEY-----\nhunter22\n-----END RSA PRIVATE KEY-----\nrest"}`, `{"v":"[masked]\nrest"}`},
		"a private key that is cut off":  {`{"v":"x -----BEGIN PRIVATE KEY-----\nhunter22"}`, `{"v":"x [masked]"}`},
		"a token of GitHub":              {`["use ghp_` + long + ` please"]`, `["use [masked] please"]`},
		"a JSON Web Token":               {`["eyJ` + long + `.eyJ` + long + `.x"]`, `["[masked]"]`},
		"a client secret":                {`["abc8Q~` + long + `"]`, `["[masked]"]`},
		"in a name that is no name":      {`{"a":"token"}`, `{"a":"token"}`},
		"a cursor":                       {`{"continuationToken":"abcdefgh","nextPageToken":"abcdefgh"}`, `{"continuationToken":"abcdefgh","nextPageToken":"abcdefgh"}`},
		"what a tokenizer calls tokens":  {`{"pad_token":"[PAD]","eos_token":"</s>","max_tokens":"512"}`, `{"pad_token":"[PAD]","eos_token":"</s>","max_tokens":"512"}`},
		"nothing at all":                 {`{"password":"","secret":null,"token":true,"apiKey":{"ref":"x"}}`, `{"password":"","secret":null,"token":true,"apiKey":{"ref":"x"}}`},
		"a time, an address, a pair":     {`["2026-11-24T10:35:25Z","ann@example.org","a=b&c=d","https://x/y?z=1"]`, `["2026-11-24T10:35:25Z","ann@example.org","a=b&c=d","https://x/y?z=1"]`},
		"what is masked already":         {`{"v":"https://x?sig=[masked]&a=1","password":"[masked]"}`, `{"v":"https://x?sig=[masked]&a=1","password":"[masked]"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, result := masked(t, tt.doc)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if changed := tt.want != tt.doc; changed != (len(result.Masked) > 0) {
				t.Errorf("masked %v", result.Masked)
			}
			if again, _ := masked(t, got); again != got {
				t.Errorf("a second time: %s", again)
			}
		})
	}
}

func TestWhatCallsAreMadeByIsKept(t *testing.T) {
	const doc = `{"value":[{"path":"logs/token=abcdefgh","o":"token=abcdefgh"}],"nextLink":"https://x?token=abcdefgh"}`
	want := strings.Replace(doc, `"o":"token=abcdefgh"`, `"o":"token=[masked]"`, 1)
	got, _ := masked(t, doc, document.Secret{Pointer: "/value/*/path", Kept: true}, document.Secret{Pointer: "/nextLink", Kept: true})
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestNoPlantedSecretIsLeft(t *testing.T) {
	r := rand.New(rand.NewPCG(20261129, 1))
	const documents = 20_000
	for range documents {
		secret, value := documenttest.Secret(r)
		doc, err := json.Marshal(map[string]any{
			"id":         "x",
			"properties": map[string]any{"description": value, "tags": map[string]any{"note": value}},
			"list":       []any{1, value, nil},
		})
		if err != nil {
			t.Fatal(err)
		}

		got, result := masked(t, string(doc))
		if strings.Contains(got, secret) {
			t.Fatalf("%q is left in %s", secret, got)
		}
		if !json.Valid([]byte(got)) || len(result.Masked) < 3 {
			t.Fatalf("%s, masked %v", got, result.Masked)
		}
	}
	t.Logf("%d planted secrets, none left", 3*documents)
}

// Whatever stands in a document, its copy is JSON of the same shape, and a copy of the
// copy is the same.
func FuzzMaskingBreaksNothing(f *testing.F) {
	for _, doc := range append([]string{
		`{"password":"x\\","a":"token=\"y\" z"}`, `["--token","--token ","--","://@","a://@","=:=","token="]`,
		`["ghp_","eyJ..","-----BEGIN PRIVATE KEY-----","8Q~"]`, `{"name":"token","value":["x"]}`,
	}, nasty...) {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		out, _, err := document.CopyHeld([]byte(doc), document.Options{Everywhere: true})
		if err != nil {
			return
		}
		again, _, err := document.CopyHeld(out, document.Options{Everywhere: true})
		if err != nil || string(again) != string(out) {
			t.Errorf("%q became %q and then %q, %v", doc, out, again, err)
		}
	})
}

func BenchmarkCopyHeldLookingEverywhere(b *testing.B) {
	doc := []byte(page(1))
	for _, everywhere := range []bool{false, true} {
		b.Run(fmt.Sprint("everywhere ", everywhere), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := document.CopyHeld(doc, document.Options{Everywhere: everywhere}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAValueThatNoNameFollowsForLongIsMasked(t *testing.T) {
	others := strings.Repeat(`"0123456789abcdef",`, 20_000)
	for name, end := range map[string]string{"named at last": `,"name":"TOKEN"`, "never named": ""} {
		doc := `{"value":"hunter22","others":[` + others + `0]` + end + `}`
		want := `{"value":"[masked]","others":[` + others + `0]` + end + `}`
		out, res, err := document.CopyHeld([]byte(doc), document.Options{Everywhere: true})
		if err != nil || string(out) != want || len(res.Masked) != 1 || res.Masked[0] != "/value" {
			t.Errorf("%s: %.60s, masked %v, %v", name, out, res.Masked, err)
		}
	}
}

func TestMatchesOfAHeldValueCountUnlessItIsMasked(t *testing.T) {
	for doc, want := range map[string]int{
		`{"value":"ann","name":"OWNER"}`:                    1,
		`{"value":"ann","name":"TOKEN"}`:                    0,
		`{"value":"ann"}`:                                   1,
		`{"value":"ann","in":{"value":"ann","name":"PWD"}}`: 1,
	} {
		_, res, err := document.CopyHeld([]byte(doc), document.Options{Everywhere: true, Subject: documenttest.Finder(func(s string) bool { return s == "ann" })})
		if err != nil || res.Matches != want {
			t.Errorf("%s: %d matches, %v; want %d", doc, res.Matches, err, want)
		}
		if len(res.Mentions) != want || (want == 1 && res.Mentions[0] != "/value") {
			t.Errorf("%s: named at %q", doc, res.Mentions)
		}
	}
}
