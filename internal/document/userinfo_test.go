package document

import "testing"

func TestUserInformationOfALinkIsMasked(t *testing.T) {
	for raw, want := range map[string]string{
		`"https://dana:ghp_x@github.com/a/b.git"`: `"https://[masked]@github.com/a/b.git"`,
		`"https://ghp_x@github.com/a"`:            `"https://[masked]@github.com/a"`,
		`"https://a@b@github.com/a"`:              `"https://[masked]@github.com/a"`,
		`"https://github.com/a/b@c"`:              `"https://github.com/a/b@c"`,
		`"https://github.com?x=a@b"`:              `"https://github.com?x=a@b"`,
		`"git@github.com:a/b.git"`:                `"git@github.com:a/b.git"`,
		`"no link"`:                               `"no link"`,
		`"https:\/\/dana:ghp_x@github.com\/a"`:    `"[masked]"`,
		`"https://dana\u003aghp_x@github.com/a"`:  `"[masked]"`,
		`"https://github.com/a@b?x=\u0026"`:       `"https://github.com/a@b?x=\u0026"`,
		`""`:                                      `""`,
	} {
		if got := string(maskUserInfo([]byte(raw))); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
