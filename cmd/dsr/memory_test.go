package main

import "testing"

func TestTheHeapIsHeldBelowAShareOfTheInstance(t *testing.T) {
	const mib = 1 << 20
	for name, tt := range map[string]struct {
		container string
		want      int64
	}{
		"512 MB":               {"536870912\n", 128 * mib},
		"2048 MB":              {"2147483648\n", 512 * mib},
		"less than it needs":   {"67108864\n", 42 * mib},
		"no limit":             {"max\n", 42 * mib},
		"no file":              {"", 42 * mib},
		"as good as no limit":  {"9223372036854771712\n", 42 * mib},
		"what is no number":    {"a lot", 42 * mib},
		"less than nothing":    {"-1", 42 * mib},
		"a number with a unit": {"512M", 42 * mib},
	} {
		t.Run(name, func(t *testing.T) {
			if got := memoryLimit(tt.container); got != tt.want {
				t.Errorf("%d MiB, want %d", got/mib, tt.want/mib)
			}
		})
	}
}
