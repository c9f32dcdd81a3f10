package functionshost

import "testing"

func TestAClientIsMadeForEachKindOfConnection(t *testing.T) {
	tests := []struct {
		name       string
		connection Connection
		host       string
	}{
		{"a connection string", Connection{ConnectionString: "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b="}, "n.servicebus.windows.net"},
		{"an emulator", Connection{ConnectionString: "Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true"}, "127.0.0.1"},
		{"the default identity", Connection{FullyQualifiedNamespace: "n.servicebus.windows.net"}, "n.servicebus.windows.net"},
		{"a system-assigned identity", Connection{FullyQualifiedNamespace: "n.servicebus.windows.net", ManagedIdentity: true}, "n.servicebus.windows.net"},
		{"a user-assigned identity", Connection{FullyQualifiedNamespace: "n.servicebus.windows.net", ManagedIdentity: true, ClientID: "c"}, "n.servicebus.windows.net"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, err := tt.connection.client()
			if err != nil {
				t.Fatal(err)
			}

			if err := client.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if got := tt.connection.host(); got != tt.host {
				t.Errorf("host %q", got)
			}
		})
	}
	if _, err := (Connection{ConnectionString: "nonsense"}).client(); err == nil {
		t.Error("a broken connection string was accepted")
	}
}

func TestAConnectionToOneQueueServesThatQueue(t *testing.T) {
	function := `{"bindings":[{"type":"serviceBusTrigger","name":"m","queueName":"q","connection":"Same"}]}`
	app, err := Load(writeApp(t, hostWith(`"x":1`), map[string]string{"only": function}), settings("Same", "Endpoint=sb://x/;EntityPath=Q"))
	if err != nil || len(app.Bad) > 0 || len(app.Functions) != 1 {
		t.Errorf("%v, left out: %v", err, app.Bad)
	}
}
