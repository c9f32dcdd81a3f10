package mention_test

import (
	"encoding/json"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/mention"
)

const (
	none     = document.NotNamed
	possible = document.PossiblyNamed
	named    = document.Named
)

func ada() *dsr.Subject {
	return &dsr.Subject{
		ObjectID:          "3f2a91c4-0b1d-4e5f-8a77-9c0d1e2f3a4b",
		TenantID:          "11111111-2222-3333-4444-555555555555",
		UserPrincipalName: "ada.king@example.org",
		DisplayName:       "Ada King",
		PUID:              "10032000A1B2C3D4",
		Mail:              []string{"ada@kings.example"},
	}
}

// quoted returns a text as a JSON string.
func quoted(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestNamesAreFoundInsideStrings(t *testing.T) {
	f := mention.New(ada())
	for text, want := range map[string]document.Naming{
		"ada.king@example.org":                              named,
		"ADA.King@Example.ORG":                              named,
		"Owner: Ada King <ada.king@example.org>":            named,
		"ask ada.king@example.org.":                         named,
		"mailto:ada.king@example.org?subject=x":             named,
		"live.com#ada@kings.example":                        named,
		"a;ada@kings.example":                               named,
		"ada_kings.example#EXT#@contoso.onmicrosoft.com":    named,
		"https://x/y?u=ada.king%40example.org&z=1":          named,
		"https://x/y?u=ada.king%2540example.org":            named,
		"https://x/y?u=ada%2Eking%40example%2eorg":          named,
		"ada.king&#64;example.org":                          named,
		"&lt;ada.king@example.org&gt;":                      named,
		`{"owner":"ada.king@example.org"}`:                  named,
		`{"owner":"ada.king\u0040example.org"}`:             named,
		`{"a":"{\"owner\":\"\\u0061da@kings.example\"}"}`:   named,
		`first\nada@kings.example`:                          named,
		"line\nada@kings.example\n":                         named,
		"3F2A91C4-0B1D-4E5F-8A77-9C0D1E2F3A4B":              named,
		"user 3f2a91c40b1d4e5f8a779c0d1e2f3a4b did":         named,
		"aad.{3f2a91c4-0b1d-4e5f-8a77-9c0d1e2f3a4b}":        named,
		"user_3f2a91c4-0b1d-4e5f-8a77-9c0d1e2f3a4b_1":       named,
		"1:live.com:10032000a1b2c3d4":                       named,
		"azureml://x/workspaces/w/paths/Users/ada.king/a.p": named,
		`C:\Users\ada.king\notes.txt`:                       named,
		"/home/ada/train.py":                                named,
		"Users%2Fada.king%2Ftrain.py":                       named,
		"ａｄａ＠ｋｉｎｇｓ．ｅｘａｍｐｌｅ":                                 named,

		"Ada King":                     possible,
		"last changed by ADA KING":     possible,
		"King, Ada":                    possible,
		"ada_king":                     possible,
		"by=Ada+King&x=1":              possible,
		"by=Ada%20King":                possible,
		"Ada\u00a0King":                possible,
		"Ada  King":                    possible,
		"/data/ada.king/train.csv":     possible,
		"ada/train.csv":                possible,
		"ada_kings.example":            possible,
		"ada+news@kings.example":       possible,
		"other.ada@kings.example":      possible,
		"ada@kings.example.net":        possible,
		"file-ada@kings.example-1.txt": possible,

		// Another's address, or another one of hers.
		"ada.king@example.com":                  possible,
		"Users/ada.king@other.example/train.py": possible,

		"":                                     none,
		"Ada":                                  none,
		"Ada Kingsley":                         none,
		"Canada King":                          none,
		"nada@kings.example":                   none,
		"ada@kings.examples":                   none,
		"ada.kingsley@example.org":             none,
		"a3f2a91c40b1d4e5f8a779c0d1e2f3a4b":    none,
		"3f2a91c40b1d4e5f8a779c0d1e2f3a4b0":    none,
		"3f2a91c4-0b1d-4e5f-8a77-9c0d1e2f3a4c": none,
		"11111111-2222-3333-4444-555555555555": none,
		"ada@example.com":                      none,
		"Users/ada@other.example/train.py":     none,
		"Users/ada.kingsley/train.py":          none,
		"Superusers/ada.king":                  possible,
		"100% of ada, & more":                  none,
		"/data/ada.csv":                        none,
	} {
		if got := f.Find(quoted(t, text)); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestLettersWithSeveralSpellingsAreOne(t *testing.T) {
	const composed, decomposed = "Zo\u00eb M\u00fcller", "Zoe\u0308 Mu\u0308ller"
	for _, name := range []string{composed, decomposed} {
		f := mention.New(&dsr.Subject{DisplayName: name, UserPrincipalName: "zo\u00eb@example.org"})
		for text, want := range map[string]document.Naming{
			"by " + composed:                        possible,
			"by " + decomposed:                      possible,
			"by " + strings.ToUpper(composed):       possible,
			"by " + strings.ToUpper(decomposed):     possible,
			`by Zo\u00eb M\u00fcller`:               possible,
			"by Zo%C3%AB+M%c3%bcller":               possible,
			"by Zo&euml; M&#xfc;ller":               possible,
			"by Zo\u00eb M\u00fc\u00adller":         possible, // a soft hyphen
			"ZO\u00cb@example.org":                  named,
			"by Zo\u00eb M\u00fcllers":              none,
			"by Zo\u00eb M\u00fcller\u00e9":         none,
			"by Zo\u00eb and M\u00fcller":           none,
			"\u00e9zo\u00eb@example.org":            none,
			strings.Repeat("\u00fc", 2000) + " zoe": none,
		} {
			if got := f.Find(quoted(t, text)); got != want {
				t.Errorf("%q in %q: got %d, want %d", name, text, got, want)
			}
		}
	}
}

func TestScriptsWithoutBlanksHaveNoWords(t *testing.T) {
	f := mention.New(&dsr.Subject{DisplayName: "王小明"})
	if got := f.Find(quoted(t, "负责人王小明的模型")); got != possible {
		t.Errorf("got %d", got)
	}
}

func TestAGuestIsFoundByTheirOwnAddress(t *testing.T) {
	f := mention.New(&dsr.Subject{UserPrincipalName: "ada_b_kings.example#EXT#@contoso.onmicrosoft.com"})
	for text, want := range map[string]document.Naming{
		"ada_b_kings.example#EXT#@contoso.onmicrosoft.com":          named,
		"by ada_b_kings.example%23EXT%23%40contoso.onmicrosoft.com": named,
		"ada_b@kings.example":                                           named,
		"live.com#ada_b@kings.example":                                  named,
		"ada_b_kings.example#EXT#@another.onmicrosoft.com":              named,
		"ada@b_kings.example":                                           possible,
		"x" + "ada_b_kings.example#EXT#@contoso.onmicrosoft.com":        none,
		"eva_b_kings.example#EXT#@contoso.onmicrosoft.com":              none,
		"Users/ada_b/train.py":                                          named,
		"{\"assignedTo\": \"live.com#ADA_B@KINGS.EXAMPLE\", \"n\": 10}": named,
	} {
		if got := f.Find(quoted(t, text)); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestShortAndOpaqueNames(t *testing.T) {
	for name, c := range map[string]struct {
		subject *dsr.Subject
		text    string
		want    document.Naming
	}{
		"an opaque id":               {&dsr.Subject{ObjectID: "oid-ann"}, "by OID-ANN", named},
		"an opaque id within a word": {&dsr.Subject{ObjectID: "oid-ann"}, "by oid-anna", none},
		"an id of two letters":       {&dsr.Subject{ObjectID: "an"}, "AN", named},
		"which is no part of a text": {&dsr.Subject{ObjectID: "an"}, "an apple", none},
		"a name of two letters":      {&dsr.Subject{DisplayName: "Bo"}, "bo", possible},
		"a name of one word":         {&dsr.Subject{DisplayName: "Cher"}, "by Cher, 1998", possible},
		"three words":                {&dsr.Subject{DisplayName: "Ada Byron King"}, "by King, Ada Byron", possible},
		"a name with a comma":        {&dsr.Subject{DisplayName: "King, Ada"}, "by Ada King", possible},
		"a sign-in name without @":   {&dsr.Subject{UserPrincipalName: `corp\ada`}, `CORP\ada signed in`, named},
		"the display name Ada":       {&dsr.Subject{ObjectID: "ABC-1", DisplayName: "Ada"}, "Ada", possible},
		"a longer opaque id":         {&dsr.Subject{ObjectID: "ABC-1"}, "abc-12", none},
		"nothing":                    {&dsr.Subject{}, "anything", none},
		"blanks around an address":   {&dsr.Subject{Mail: []string{" ada@kings.example "}}, "ada@kings.example", named},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mention.New(c.subject).Find(quoted(t, c.text)); got != c.want {
				t.Errorf("%q: got %d, want %d", c.text, got, c.want)
			}
		})
	}
}

func FuzzFindNeverFails(f *testing.F) {
	for _, s := range []string{`\`, `\u12`, `%`, `%4`, `&#64`, `&amp;`, `\ud83d\ude00`, "\u0130", "\ufdfa", "a\u0301"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		finder := mention.New(&dsr.Subject{ObjectID: name, UserPrincipalName: name + "@x", DisplayName: name})
		finder.Find(quoted(t, text))
		trimmed := strings.TrimSpace(name)
		if strings.ToValidUTF8(name, "") == name && len(trimmed) > 3 && strings.TrimFunc(trimmed, isLetterOrDigit) == "" {
			if got := finder.Find(quoted(t, "("+trimmed+")")); got != named {
				t.Errorf("%q is not found: %d", trimmed, got)
			}
		}
	})
}

func isLetterOrDigit(r rune) bool { return (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') }
