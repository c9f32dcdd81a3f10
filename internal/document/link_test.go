package document_test

import (
	"io"
	"testing"

	"azureml-dsr/internal/document"
)

func TestCopyMasksTheSignatureOfALink(t *testing.T) {
	const whole = `"[masked]"`
	for name, c := range map[string]struct{ value, want string }{
		"at the end":               {`"https://x/b?sv=1&sig=abc%3D"`, `"https://x/b?sv=1&sig=[masked]"`},
		"in the middle":            {`"https://x/b?sv=1&sig=abc%2B%3D&se=2"`, `"https://x/b?sv=1&sig=[masked]&se=2"`},
		"first":                    {`"https://x/b?sig=abc&se=2#f"`, `"https://x/b?sig=[masked]&se=2#f"`},
		"before a fragment":        {`"https://x/b?sig=abc#f"`, `"https://x/b?sig=[masked]#f"`},
		"in capitals":              {`"https://x/b?SIG=abc&Sig=def"`, `"https://x/b?SIG=[masked]&Sig=[masked]"`},
		"twice":                    {`"https://x/b?sig=abc&sig=def"`, `"https://x/b?sig=[masked]&sig=[masked]"`},
		"behind an escaped and":    {`"https:\/\/x\/b?sv=1\u0026sig=abc\u0026se=2"`, `"https:\/\/x\/b?sv=1\u0026sig=[masked]\u0026se=2"`},
		"with an escaped name":     {`"https://x/b?s\u0069g=abc\u003d"`, `"https://x/b?s\u0069g=[masked]"`},
		"with an escaped equals":   {`"https://x/b?sig\u003dabc"`, `"https://x/b?sig\u003d[masked]"`},
		"behind an escaped mark":   {`"https://x/b\u003fsig=abc"`, `"https://x/b\u003fsig=[masked]"`},
		"with a percent name":      {`"https://x/b?%73%69%67=abc"`, `"https://x/b?%73%69%67=[masked]"`},
		"behind a semicolon":       {`"https://x/b?a=1;sig=abc;b"`, `"https://x/b?a=1;sig=[masked]"`},
		"behind an HTML and":       {`"https://x/b?a=1&amp;sig=abc"`, `"https://x/b?a=1&amp;sig=[masked]"`},
		"within another link":      {`"https://x/?to=https%3A%2F%2Fy%3Fsig%3Dabc"`, whole},
		"within it twice encoded":  {`"https://x/?to=https%253A%252F%252Fy%253Fsig%253Dabc"`, whole},
		"with an encoded equals":   {`"https://x/?sig%3Dabc"`, whole},
		"encoded beyond looking":   {`"https://x/?a=%252525252525253Fsig"`, whole},
		"unicode and surrogates":   {`"https://x/ü\ud800?sig=ü\ud83d\ude00&se=2"`, `"https://x/ü\ud800?sig=[masked]&se=2"`},
		"with an escaped percent":  {`"https://x/?sig\u00253Dabc"`, whole},
		"empty":                    {`"https://x/b?sig=&se=2"`, `"https://x/b?sig=[masked]&se=2"`},
		"no signature":             {`"https://x/b?sv=1&sign=abc&xsig=1"`, `"https://x/b?sv=1&sign=abc&xsig=1"`},
		"sig in the path":          {`"https://x/sig=1/b"`, `"https://x/sig=1/b"`},
		"no link":                  {`"sig: none"`, `"sig: none"`},
		"an empty string":          {`""`, `""`},
		"null":                     {`null`, `null`},
		"a number":                 {`17`, `17`},
		"an object":                {`{"url":"https://x?sig=abc"}`, whole},
		"an array":                 {`["https://x?sig=abc"]`, whole},
		"a signature without name": {`"https://x/b?=abc&sig"`, `"https://x/b?=abc&sig"`},
	} {
		t.Run(name, func(t *testing.T) {
			eachReading(t, func(t *testing.T, reader func(string) io.Reader) {
				var atMember, atRoot []string
				if c.want != c.value {
					atMember, atRoot = []string{"/contentUri"}, []string{""}
				}
				checkMask(t, reader, []document.Secret{{Pointer: "/contentUri", Link: true}},
					`{"contentUri": `+c.value+` }`, `{"contentUri": `+c.want+` }`, atMember)
				checkMask(t, reader, []document.Secret{{Pointer: "", Link: true}}, c.value, c.want, atRoot)
			})
		})
	}
}

func TestCopyMasksTheWholeValueWhereBothKindsOfSecretMeet(t *testing.T) {
	eachReading(t, func(t *testing.T, reader func(string) io.Reader) {
		checkMask(t, reader, []document.Secret{{Pointer: "/a", Link: true}, {Pointer: "/*"}},
			`{"a":"https://x?sig=1"}`, `{"a":"[masked]"}`, []string{"/a"})
	})
}
