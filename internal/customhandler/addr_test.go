package customhandler

import "testing"

func TestListenAddr(t *testing.T) {
	tests := []struct {
		name, port, want string
	}{
		{"a port", "7071", "127.0.0.1:7071"},
		{"missing", "", ""},
		{"no number", "http", ""},
		{"zero", "0", ""},
		{"too large", "65536", ""},
		{"negative", "-1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(portVariable, tt.port)
			got, err := ListenAddr()
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
