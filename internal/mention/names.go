package mention

import (
	"slices"
	"strings"
	"unicode/utf8"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// shortestAlias is how many letters the part of an address before its @ has at least that
// is looked for in paths.
const shortestAlias = 3

// patternsOf returns all spellings of a person's names that are looked for.
func patternsOf(s *dsr.Subject) []pattern {
	var all []pattern
	for _, id := range []string{s.ObjectID, s.PUID} {
		all = append(all, ofID(id)...)
	}
	for _, address := range append([]string{s.UserPrincipalName}, s.Mail...) {
		all = append(all, ofAddress(strings.TrimSpace(address))...)
	}
	return append(all, ofDisplayName(s.DisplayName)...)
}

// ofID returns the spellings of an id, which only has that meaning: as it is and, of an
// object id, without dashes.
func ofID(id string) []pattern {
	id = strings.TrimSpace(id)
	if !isGUID(id) {
		return []pattern{{text: id, naming: document.Named, edges: wordEdges}}
	}
	return []pattern{
		{text: id, naming: document.Named, edges: hexEdges},
		{text: strings.ReplaceAll(id, "-", ""), naming: document.Named, edges: hexEdges},
	}
}

func isGUID(id string) bool {
	const length = 36
	for i, c := range []byte(id) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || (!dash && !isHex(c)) {
			return false
		}
	}
	return len(id) == length
}

// ofAddress returns the spellings of a sign-in name or mail address.
func ofAddress(address string) []pattern {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return []pattern{{text: address, naming: document.Named, edges: wordEdges}}
	}

	all := []pattern{{text: address, naming: document.Named, edges: mailEdges}}
	const guest = "#ext#"
	if home := strings.ToLower(address[:at]); strings.HasSuffix(home, guest) {
		home = strings.TrimSuffix(home, guest) // a guest's own address, with _ for its @
		under := strings.LastIndexByte(home, '_')
		if under <= 0 {
			return all
		}
		return append(all, ofAddress(home[:under]+"@"+home[under+1:])...)
	}

	local, domain := address[:at], address[at+1:]
	all = append(all,
		pattern{text: local + "_" + domain + guest, naming: document.Named, edges: mailEdges},
		// An application may have replaced the @ in a name.
		pattern{text: local + " " + domain, naming: document.PossiblyNamed, edges: mailEdges, loose: true},
		pattern{text: "@" + domain, naming: document.PossiblyNamed, edges: mailEdges, plus: local + "+"},
		pattern{text: "users/" + local, naming: document.Named, edges: folderEdges},
		pattern{text: "home/" + local, naming: document.Named, edges: folderEdges},
	)
	if utf8.RuneCountInString(local) >= shortestAlias {
		all = append(all,
			pattern{text: "/" + local, naming: document.PossiblyNamed, edges: segmentEdges},
			pattern{text: local + "/", naming: document.PossiblyNamed, edges: segmentEdges},
		)
	}

	return all
}

// ofDisplayName returns the spellings of a display name, which namesakes share: in either
// order, and with what signs whatever between its words.
func ofDisplayName(name string) []pattern {
	words := strings.FieldsFunc(name, func(r rune) bool { return r < utf8.RuneSelf && class[byte(r)] == ' ' })
	if len(words) == 0 {
		return nil
	}

	last := len(words) - 1
	orders := [][]string{words}
	if last > 0 {
		orders = append(orders, slices.Concat(words[last:], words[:last]), slices.Concat(words[1:], words[:1]))
	}

	var all []pattern
	for _, order := range orders {
		for _, gap := range []string{" ", "  "} {
			all = append(all, pattern{text: strings.Join(order, gap), naming: document.PossiblyNamed, edges: wordEdges, loose: true})
		}
	}
	if last > 1 { // a comma behind a family name alone
		all = append(all,
			pattern{text: words[last] + "  " + strings.Join(words[:last], " "), naming: document.PossiblyNamed, edges: wordEdges, loose: true},
			pattern{text: strings.Join(words[1:], " ") + "  " + words[0], naming: document.PossiblyNamed, edges: wordEdges, loose: true},
		)
	}

	return all
}
