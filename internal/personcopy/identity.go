package personcopy

import "strings"

// compactLength is the length of an object id without its hyphens.
const compactLength = 32

// fold returns an identifier as it is compared.
func fold(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if compact := compactID(s); len(compact) == compactLength {
		return compact
	}
	return s
}

// compactID returns an object id without hyphens, "" for another text.
func compactID(s string) string {
	compact := strings.ReplaceAll(strings.Trim(s, "{}"), "-", "")
	if len(compact) != compactLength || !isHex(compact) {
		return ""
	}
	return compact
}

func isHex(s string) bool {
	for i := range len(s) {
		if !isHexDigit(s[i]) {
			return false
		}
	}
	return true
}

func isHexDigit(c byte) bool {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
}

// spellings returns an identifier in the forms in which texts may have it: a guest's with
// the address at home, and an alternate security id with what its issuer calls the person.
func spellings(id string, tenants []string) []string {
	out := []string{id}
	if home, ok := homeAddress(id); ok {
		out = append(out, home)
	}

	if strings.Contains(id, "@") {
		if _, after, ok := strings.Cut(id, "#"); ok && strings.Contains(after, "@") && !strings.HasPrefix(strings.ToUpper(after), "EXT#") {
			out = append(out, after) // live.com#name@home.example
		}
		return out
	}
	if at := strings.LastIndexByte(id, ':'); at >= 0 {
		tail := id[at+1:]
		for _, tenant := range tenants {
			if fold(tail) == fold(tenant) {
				tail = "" // a tenant is nobody
			}
		}
		if len(tail) >= shortestID {
			out = append(out, tail)
		}
	}

	return out
}

// shortestID is how long an identifier of an issuer is at least, to tell people apart.
const shortestID = 6

// homeAddress returns name@home.example for the sign-in name of a guest,
// name_home.example#EXT#@tenant.example.
func homeAddress(signIn string) (string, bool) {
	local, _, isGuest := strings.Cut(strings.ToUpper(signIn), "#EXT#")
	if !isGuest {
		return "", false
	}
	local = signIn[:len(local)]
	at := strings.LastIndexByte(local, '_')
	if at <= 0 || !strings.Contains(local[at:], ".") {
		return "", false
	}
	return local[:at] + "@" + local[at+1:], true
}

// localPart returns what stands before the @ of an address, or what a guest is called at
// home, "" for no address.
func localPart(id string) string {
	if home, ok := homeAddress(id); ok {
		id = home
	}
	local, _, isAddress := strings.Cut(id, "@")
	if !isAddress {
		return ""
	}
	return local[strings.LastIndexByte(local, '#')+1:]
}
