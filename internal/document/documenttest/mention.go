package documenttest

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"

	"golang.org/x/text/unicode/norm"

	"azureml-dsr/internal/dsr"
)

// Person returns somebody whom a request may be about.
func Person(r *rand.Rand) *dsr.Subject {
	of := func(names ...string) string { return names[r.IntN(len(names))] }
	first := of("Dana", "Zoë", "Ævar", "Mary Jane", "Nguyễn", "Ирина", "Jean-Luc")
	last := of("Okafor", "Müller", "O'Brien", "van den Berg", "Şahin", "Петрова")
	local := strings.ToLower(of("d.okafor", "zoe_m", "mjo", "nguyen-2", "ip4711")) + fmt.Sprint(r.IntN(90)+10)
	id := make([]byte, 16)
	for i := range id {
		id[i] = byte(r.IntN(256))
	}
	sum := hex.EncodeToString(id)

	return &dsr.Subject{
		ObjectID:          strings.Join([]string{sum[:8], sum[8:12], sum[12:16], sum[16:20], sum[20:]}, "-"),
		UserPrincipalName: local + "@contoso.example",
		DisplayName:       first + " " + last,
		PUID:              fmt.Sprintf("1003%012X", r.Int64N(1<<47)),
		Mail:              []string{local + "@mail.fabrikam.example"},
	}
}

// Mention returns a text that names a person, in one of many ways, and what it is called.
// certain reports whether the name is nobody else's.
func Mention(r *rand.Rand, p *dsr.Subject) (text, way string, certain bool) {
	names := []string{p.ObjectID, strings.ReplaceAll(p.ObjectID, "-", ""), p.UserPrincipalName, p.Mail[0], p.PUID}
	name, kind, certain := names[r.IntN(len(names))], "an id or address", true
	local, _, _ := strings.Cut(p.UserPrincipalName, "@")
	switch r.IntN(8) {
	case 0, 1:
		name, kind, certain = p.DisplayName, "the display name", false
	case 2:
		name, kind = "Users/"+local+"/train.py", "a folder of the alias"
	case 3:
		name, kind, certain = "data/"+local+"/train.csv", "the alias in a path", false
	case 4:
		name, kind = strings.Replace(p.Mail[0], "@", "_", 1)+"#EXT#@tenant.onmicrosoft.com", "a guest's sign-in name"
	}

	spelling, how := spell(r, name)
	text, where := embed(r, spelling)
	return text, kind + ", " + how + ", " + where, certain
}

// spell spells a name otherwise.
func spell(r *rand.Rand, name string) (spelling, how string) {
	switch r.IntN(9) {
	case 0:
		return strings.ToUpper(name), "in capitals"
	case 1:
		return norm.NFD.String(name), "decomposed"
	case 2:
		return norm.NFC.String(name), "composed"
	case 3:
		return url.QueryEscape(name), "encoded for a query"
	case 4:
		return url.PathEscape(strings.ReplaceAll(name, "@", "%40")), "encoded twice"
	case 5:
		return html.EscapeString(strings.ReplaceAll(name, "@", "&#x40;")), "as HTML"
	case 6:
		return escapes(name), "in escapes"
	case 7:
		var b strings.Builder
		for i := range len(name) {
			fmt.Fprintf(&b, "%%%02x", name[i])
		}
		return b.String(), "all percent-encoded"
	default:
		return name, "as it is"
	}
}

// escapes returns a text in JSON's escapes, as if JSON stood in it.
func escapes(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r > 0xffff {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return b.String()
}

// embed puts a name into a text.
func embed(r *rand.Rand, name string) (text, where string) {
	inner, _ := json.Marshal(map[string]any{"owner": name, "n": 1})

	switch r.IntN(13) {
	case 0:
		return "Owner: somebody <" + name + ">", "in angle brackets"
	case 1:
		return "mailto:" + name, "in a mail link"
	case 2:
		return "live.com#" + name, "behind a number sign"
	case 3:
		return "a;" + name + ";b", "between semicolons"
	case 4:
		return string(inner), "in JSON"
	case 5:
		outer, _ := json.Marshal(map[string]any{"config": string(inner)})
		return string(outer), "in JSON in JSON"
	case 6:
		return "https://host.example/list?a=1&owner=" + name + "&z=2", "in a link's query"
	case 7:
		return "first line\n" + name + "\nlast line", "on a line"
	case 8:
		return `first line\n` + name + `\nlast line`, "on an escaped line"
	case 9:
		return "reviewed by " + name + ", yesterday", "in a sentence"
	case 10:
		return "azureml://datastores/d/paths/" + name, "in a path"
	case 11:
		return strings.Repeat("lorem ipsum ", 200) + name + strings.Repeat(" dolor", 200), "in a long text"
	default:
		return name, "alone"
	}
}

// Decoy returns a text that names nobody, or somebody else with a similar name.
func Decoy(r *rand.Rand, p *dsr.Subject) string {
	local, domain, _ := strings.Cut(p.UserPrincipalName, "@")
	first, last, _ := strings.Cut(p.DisplayName, " ")

	decoys := []string{
		"x" + p.UserPrincipalName,
		local + "9@" + domain,
		local + "@" + domain + "s",
		local + "@other.example",
		p.ObjectID[1:] + "0",
		"0" + p.ObjectID,
		strings.ReplaceAll(p.ObjectID, "-", "") + "ab",
		p.PUID + "7",
		first,
		last,
		first + " and " + last,
		first + last + "son",
		"Users/" + local + "9/train.py",
		"lorem ipsum dolor sit amet",
		"9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c",
		p.DisplayName + "er",
		// Others' addresses that look like hers.
		"a." + p.UserPrincipalName,
		p.UserPrincipalName + ".org",
		strings.ReplaceAll(p.DisplayName, " ", ".") + "@other.example",
		"data/" + local + "/another.csv",
	}

	text, _ := embed(r, decoys[r.IntN(len(decoys))])
	return text
}
