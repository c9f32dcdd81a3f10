package personcopy_test

import (
	"regexp"
	"strings"
	"testing"

	"azureml-dsr/internal/personcopy"
)

func TestAFileNameIsValidEverywhere(t *testing.T) {
	valid := regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*[A-Za-z0-9_-]$`)
	reserved := regexp.MustCompile(`(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)`)
	seen := map[string]string{}

	for _, text := range []string{
		"", ".", "..", "../../etc/passwd", "CON", "con.txt", "COM1", "LPT9.log", "NUL", "ends in a dot.", "ends in a space ",
		"<script>alert(1)</script>", "right\u202eto left", "a:b", "a|b", "a*b", "a\x00b", "C:\\x", strings.Repeat("x", 1000), strings.Repeat("x", 1001), "ü", "u", "%41",
	} {
		name := personcopy.FileName(text)
		if len(name) > 60 || (len(name) > 1 && !valid.MatchString(name)) || reserved.MatchString(name) {
			t.Errorf("%.40q becomes %q", text, name)
		}
		if before, twice := seen[name]; twice {
			t.Errorf("%.40q and %.40q both become %q", before, text, name)
		}
		seen[name] = text
	}

	if plain := "3f0c6f0e-77aa.request_1"; personcopy.FileName(plain) != plain {
		t.Errorf("%q becomes %q", plain, personcopy.FileName(plain))
	}
}
