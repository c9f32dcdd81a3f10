package functionshost

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const queueFunction = `{"bindings":[{"type":"serviceBusTrigger","name":"message","direction":"in","queueName":"q","connection":"Bus","dataType":"binary"}]}`

func TestAPackageIsLoadedWithTheHostsDefaults(t *testing.T) {
	dir := writeApp(t, `{"version":"2.0",`+bundle+`,"customHandler":{"description":{"defaultExecutablePath":"app","arguments":["handler"]}}}`, map[string]string{
		"b_queue": queueFunction,
		"a_timer": `{"bindings":[{"type":"timerTrigger","name":"timer","schedule":"0 0 2 * * *"}]}`,
		"c_http":  `{"bindings":[{"type":"httpTrigger","name":"req"},{"type":"http","direction":"out","name":"res"}]}`,
	})

	write(t, dir, "app")
	app, err := Load(dir, settings("Bus", "Endpoint=sb://x/"))
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := ParseSchedule("0 0 2 * * *")
	if err != nil {
		t.Fatal(err)
	}

	want := &App{
		Dir:                   dir,
		WorkingDir:            dir,
		Executable:            filepath.Join(dir, "app"),
		Arguments:             []string{"handler"},
		InitializationTimeout: 30 * time.Second,
		FunctionTimeout:       30 * time.Minute,
		RoutePrefix:           "api",
		Functions: []Function{
			{Name: "a_timer", Binding: "timer", Timer: &TimerTrigger{Schedule: schedule, UseMonitor: true}},
			{Name: "b_queue", Binding: "message", ServiceBus: &ServiceBusTrigger{
				Queue:          "q",
				Connection:     Connection{ConnectionString: "Endpoint=sb://x/"},
				Binary:         true,
				AutoComplete:   true,
				MaxLockRenewal: 5 * time.Minute,
			}},
			{Name: "c_http", Binding: "req", HTTP: &HTTPTrigger{Route: Route{[]segment{{literal: "c_http"}}}, AuthLevel: "function", Output: "res"}},
		},
	}

	if n := app.Functions[1].ServiceBus.MaxConcurrentCalls; n < 16 || n%16 != 0 {
		t.Errorf("maxConcurrentCalls %d is not 16 for each core", n)
	}

	opts := cmp.Options{cmpopts.IgnoreFields(ServiceBusTrigger{}, "MaxConcurrentCalls", "registered"), cmp.Comparer(func(a, b Schedule) bool { return a == b }), cmp.AllowUnexported(Route{}, segment{})}
	if diff := cmp.Diff(want, app, opts); diff != "" {
		t.Error(diff)
	}
}

func write(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func hostWith(members string) string {
	return `{"version":"2.0",` + bundle + `,"customHandler":{"description":{"defaultExecutablePath":"sh"}},` + members + `}`
}

func TestSettingsOfTheHost(t *testing.T) {
	tests := []struct {
		name, hostJSON string
		settings       []string
		check          func(*App) bool
	}{
		{"functionTimeout of host.json", hostWith(`"functionTimeout":"00:10:00"`), nil,
			func(a *App) bool { return a.FunctionTimeout == 10*time.Minute }},
		{"no functionTimeout", hostWith(`"functionTimeout":-1`), nil,
			func(a *App) bool { return a.FunctionTimeout == 0 }},
		{"an app setting beats host.json", hostWith(`"functionTimeout":"00:10:00"`), []string{"AzureFunctionsJobHost__functionTimeout", "00:01:00"},
			func(a *App) bool { return a.FunctionTimeout == time.Minute }},
		{"keys in another case", hostWith(`"FunctionTimeout":"00:10:00"`), nil,
			func(a *App) bool { return a.FunctionTimeout == 10*time.Minute }},
		{"an executable on PATH", hostWith(`"x":null`), nil,
			func(a *App) bool { return filepath.IsAbs(a.Executable) && filepath.Base(a.Executable) == "sh" }},
		{"variables in the command", `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"%SHELL_NAME%","arguments":["%A%","%UNSET%"],"workingDirectory":"w"}}}`,
			[]string{"SHELL_NAME", "sh", "A", "b c"},
			func(a *App) bool {
				return slices.Equal(a.Arguments, []string{"b", "c", "%UNSET%"}) && filepath.Base(a.Executable) == "sh" && a.WorkingDir == filepath.Join(a.Dir, "w")
			}},
		{"Service Bus settings", hostWith(`"extensions":{"serviceBus":{"autoCompleteMessages":false,"maxConcurrentCalls":3,"maxAutoLockRenewalDuration":"-00:00:00.0010000"}}`), nil,
			func(a *App) bool {
				t := a.Functions[0].ServiceBus
				return !t.AutoComplete && t.MaxConcurrentCalls == 3 && t.MaxLockRenewal == -time.Millisecond
			}},
		{"Service Bus settings by app setting", hostWith(`"x":1`), []string{"AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls", "2"},
			func(a *App) bool { return a.Functions[0].ServiceBus.MaxConcurrentCalls == 2 }},
		{"Service Bus settings by their older names", hostWith(`"extensions":{"serviceBus":{"messageHandlerOptions":{"autoComplete":false,"maxConcurrentCalls":3,"maxAutoRenewDuration":"00:01:00"}}}`), nil,
			func(a *App) bool {
				t := a.Functions[0].ServiceBus
				return !t.AutoComplete && t.MaxConcurrentCalls == 3 && t.MaxLockRenewal == time.Minute
			}},
		{"newer names before older", hostWith(`"extensions":{"serviceBus":{"maxConcurrentCalls":4,"messageHandlerOptions":{"maxConcurrentCalls":3}}}`), nil,
			func(a *App) bool { return a.Functions[0].ServiceBus.MaxConcurrentCalls == 4 }},
		{"HTTP settings", `{"version":"2.0",` + bundle + `,"customHandler":{"enableForwardingHttpRequest":true,"description":{"defaultExecutablePath":"sh"}},"extensions":{"http":{"routePrefix":"/v1/x/"}}}`, nil,
			func(a *App) bool { return a.Forward && a.RoutePrefix == "v1/x" }},
		{"keys that nobody knows", hostWith(`"logging":{"logLevel":{"default":"Trace"}},"extensions":{"durableTask":{"hubName":1}},"x":[{"y":null}]`), nil,
			func(a *App) bool { return len(a.Functions) == 1 }},
		{"a port", `{"version":"2.0","customHandler":{"port":7075,"description":{"defaultExecutablePath":"sh"}}}`, nil,
			func(a *App) bool { return a.Port == 7075 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, err := Load(writeApp(t, tt.hostJSON, map[string]string{"f": queueFunction}), settings(append(tt.settings, "Bus", "Endpoint=sb://x/")...))
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(app) {
				t.Errorf("got %+v", app)
			}
		})
	}
}

func TestAnAppThatCannotRunIsRefused(t *testing.T) {
	tests := []struct{ name, hostJSON, want string }{
		{"broken JSON", `{`, "reading host.json"},
		{"another version", `{"version":"1.0"}`, `version: "1.0" is not "2.0"`},
		{"no custom handler", `{"version":"2.0"}`, "defaultExecutablePath is missing"},
		{"no such executable", `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"no-such-program"}}}`, "no-such-program"},
		{"a functionTimeout that is no time", hostWith(`"functionTimeout":"soon"`), "functionTimeout: \"soon\""},
		{"a functionTimeout of zero", hostWith(`"functionTimeout":"00:00:00"`), "functionTimeout: \"00:00:00\" is not positive; -1 means none"},
		{"a flag that is none", hostWith(`"extensions":{"serviceBus":{"autoCompleteMessages":"maybe"}}`), "extensions:serviceBus:autoCompleteMessages: \"maybe\" is neither true nor false"},
		{"no concurrent calls", hostWith(`"extensions":{"serviceBus":{"maxConcurrentCalls":0}}`), "extensions:serviceBus:maxConcurrentCalls: \"0\" is not a whole number from 1"},
		{"a number that is none", hostWith(`"extensions":{"serviceBus":{"maxConcurrentCalls":"x"}}`), "maxConcurrentCalls: \"x\""},
		{"a number below zero", hostWith(`"extensions":{"serviceBus":{"prefetchCount":-1}}`), "extensions:serviceBus:prefetchCount: \"-1\" is not a whole number from 0"},
		{"a duration that is none", hostWith(`"extensions":{"serviceBus":{"maxAutoLockRenewalDuration":"5m"}}`), "maxAutoLockRenewalDuration: \"5m\" is no time span of the form hh:mm:ss"},
		{"an older name with a wrong value", hostWith(`"extensions":{"serviceBus":{"messageHandlerOptions":{"autoComplete":3}}}`), "messageHandlerOptions:autoComplete: \"3\""},
		{"a port that is none", `{"version":"2.0","customHandler":{"port":70000,"description":{"defaultExecutablePath":"sh"}}}`, "customHandler:port: \"70000\" is not a port from 1 to 65535"},
		{"an initializationTimeout of zero", `{"version":"2.0","customHandler":{"initializationTimeout":"00:00:00","description":{"defaultExecutablePath":"sh"}}}`, "customHandler:initializationTimeout: \"00:00:00\" is not positive"},
		{"forwarding that is no flag", `{"version":"2.0","customHandler":{"enableForwardingHttpRequest":"yes","description":{"defaultExecutablePath":"sh"}}}`, "enableForwardingHttpRequest: \"yes\""},
		{"proxying", `{"version":"2.0","customHandler":{"enableProxyingHttpRequest":true,"description":{"defaultExecutablePath":"sh"}}}`, "enableProxyingHttpRequest is not supported by the stand-in host: use enableForwardingHttpRequest"},
		{"routes in host.json", `{"version":"2.0","customHandler":{"http":{"routes":[]},"description":{"defaultExecutablePath":"sh"}}}`, "customHandler:http is not supported"},
		{"two wrong values, the second", hostWith(`"functionTimeout":"soon","extensions":{"serviceBus":{"prefetchCount":"x"}}`), "prefetchCount"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(writeApp(t, tt.hostJSON, nil), settings())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Load(t.TempDir(), settings()); err == nil || !strings.Contains(err.Error(), "host.json") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestABadFunctionIsLeftOutAndNamed(t *testing.T) {
	timer := func(members string) string {
		return `{"bindings":[{"type":"timerTrigger","name":"t",` + members + `}]}`
	}
	queue := func(members string) string {
		return `{"bindings":[{"type":"serviceBusTrigger","name":"m","queueName":"q","connection":"Bus",` + members + `}]}`
	}
	http := func(members string) string {
		return `{"bindings":[{"type":"httpTrigger","name":"req",` + members + `},{"type":"http","direction":"out","name":"res"}]}`
	}
	tests := []struct{ name, function, want string }{
		{"broken JSON", `{`, "function.json"},
		{"no binding", `{"bindings":[]}`, "0 triggers"},
		{"two triggers", `{"bindings":[{"type":"timerTrigger"},{"type":"httpTrigger"}]}`, "bindings: it has 2 triggers"},
		{"a level that is none", http(`"authLevel":"user"`), `authLevel: "user" is none of anonymous, function and admin`},
		{"methods that are no list", http(`"methods":"get"`), "methods: not an array"},
		{"methods that are no texts", http(`"methods":[1]`), "methods: not an array"},
		{"a route that can't be", http(`"route":"{*a}/b"`), "route: "},
		{"an http output without a name", `{"bindings":[{"type":"httpTrigger","name":"req"},{"type":"http"}]}`, "name: the http output has none"},
		{"no name", `{"bindings":[{"type":"timerTrigger","schedule":"0 0 2 * * *"}]}`, "name: the trigger has none"},
		{"a setting that is missing", timer(`"schedule":"%SCHEDULE%"`), "the app setting SCHEDULE is not set"},
		{"a schedule that is none", timer(`"schedule":"x"`), "schedule"},
		{"a flag that is none", timer(`"schedule":"0 0 2 * * *","runOnStartup":"maybe"`), "runOnStartup"},
		{"a flag that is a number", timer(`"schedule":"0 0 2 * * *","useMonitor":3`), "useMonitor"},
		{"another data type", queue(`"dataType":"stream"`), "dataType"},
		{"a completion flag that is none", queue(`"autoCompleteMessages":"maybe"`), "autoCompleteMessages"},
		{"no queue", `{"bindings":[{"type":"serviceBusTrigger","name":"m","connection":"Bus"}]}`, "queueName is missing"},
		{"no connection", `{"bindings":[{"type":"serviceBusTrigger","name":"m","queueName":"q"}]}`, "connection is missing"},
		{"a connection to another queue", `{"bindings":[{"type":"serviceBusTrigger","name":"m","queueName":"q","connection":"Other"}]}`, "does not match the EntityPath"},
		{"one to the queue, not to its dead letters", `{"bindings":[{"type":"serviceBusTrigger","name":"m","queueName":"q/$deadletterqueue","connection":"Same"}]}`, "does not match the EntityPath"},
		{"an unset connection", `{"bindings":[{"type":"serviceBusTrigger","name":"m","queueName":"q","connection":"Nothing"}]}`, "neither the app setting Nothing nor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, err := Load(writeApp(t, hostWith(`"x":1`), map[string]string{"bad": tt.function, "good": queueFunction}), settings("Bus", "Endpoint=sb://x/",
				"Other", "Endpoint=sb://x/;SharedAccessKey=k=;entitypath=other", "Same", "Endpoint=sb://x/;EntityPath=Q"))
			if err != nil {
				t.Fatal(err)
			}

			if len(app.Functions) != 1 || app.Functions[0].Name != "good" {
				t.Errorf("functions: %+v", app.Functions)
			}
			if len(app.Bad) != 1 || !strings.Contains(app.Bad[0].Error(), "function bad: ") || !strings.Contains(app.Bad[0].Error(), tt.want) {
				t.Errorf("got %v, want %q", app.Bad, tt.want)
			}
		})
	}
}

// What the real host would run and the stand-in can't is refused at the start: the
// stand-in must not run the app differently from Azure.
func TestWhatIsNotSupportedIsRefusedAtTheStart(t *testing.T) {
	queue := func(members string) string {
		return `{"bindings":[{"type":"serviceBusTrigger","name":"m","queueName":"q","connection":"Bus",` + members + `}]}`
	}
	tests := []struct{ name, function, want string }{
		{"an unknown trigger", `{"bindings":[{"type":"blobTrigger","name":"b"}]}`, `type: the trigger type "blobTrigger" is not supported by the stand-in host: use serviceBusTrigger`},
		{"an output binding", `{"bindings":[{"type":"timerTrigger","name":"t","schedule":"0 0 2 * * *"},{"type":"queue","name":"o"}]}`, `type: the binding type "queue" is not supported`},
		{"an HTTP trigger without output", `{"bindings":[{"type":"httpTrigger","name":"req"}]}`, "without exactly one http output is not supported"},
		{"an HTTP trigger with two", `{"bindings":[{"type":"httpTrigger","name":"req"},{"type":"http","name":"a"},{"type":"queue","name":"b"}]}`, "without exactly one http output"},
		{"a route of a form that isn't known", `{"bindings":[{"type":"httpTrigger","name":"req","route":"a{b}"},{"type":"http","name":"res"}]}`, `route: "a{b}": the segment "a{b}" is not supported`},
		{"a topic", queue(`"topicName":"x"`), "topicName is not supported"},
		{"sessions", queue(`"isSessionsEnabled":true`), "isSessionsEnabled is not supported"},
		{"batches", queue(`"cardinality":"many"`), `cardinality "many" is not supported`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeApp(t, hostWith(`"x":1`), map[string]string{"bad": tt.function, "good": queueFunction})
			_, err := Load(dir, settings("Bus", "Endpoint=sb://x/"))
			if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "function bad: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}

			app, err := Load(dir, settings("Bus", "Endpoint=sb://x/", "AzureWebJobs.bad.Disabled", "true"))
			if err != nil || len(app.Functions) != 1 || !slices.Equal(app.Disabled, []string{"bad"}) {
				t.Errorf("switched off: got %+v, %v", app, err)
			}
		})
	}
}

func TestAnHTTPTriggerIsRead(t *testing.T) {
	app, err := Load(writeApp(t, hostWith(`"x":1`), map[string]string{
		"f": `{"bindings":[{"type":"httpTrigger","name":"req","authLevel":"Anonymous","methods":["get","Post"],"route":"%ROUTE%/{id}"},{"type":"http","direction":"out","name":"$return"}]}`,
	}), settings("ROUTE", "orders"))
	if err != nil || len(app.Functions) != 1 {
		t.Fatalf("got %+v, %v", app, err)
	}
	want := &HTTPTrigger{
		Route:     Route{[]segment{{literal: "orders"}, {name: "id"}}},
		Methods:   []string{"GET", "POST"},
		AuthLevel: "anonymous",
		Output:    "$return",
	}
	if diff := cmp.Diff(want, app.Functions[0].HTTP, cmp.AllowUnexported(Route{}, segment{})); diff != "" {
		t.Error(diff)
	}
}

func TestFoldersThatAreNoFunctionNames(t *testing.T) {
	app, err := Load(writeApp(t, hostWith(`"x":1`), map[string]string{"host": queueFunction, "1st": queueFunction, "a.b": queueFunction}), settings("Bus", "x"))
	if err != nil || len(app.Bad) != 3 || len(app.Functions) != 0 {
		t.Errorf("got %+v, %v", app, err)
	}
}

func TestServiceBusNeedsTheExtensionBundle(t *testing.T) {
	app, err := Load(writeApp(t, strings.Replace(hostWith(`"x":1`), bundle, `"y":1`, 1), map[string]string{"f": queueFunction}), settings("Bus", "x"))
	if err != nil || len(app.Bad) != 1 || !strings.Contains(app.Bad[0].Error(), "are not registered") {
		t.Errorf("got %+v, %v", app, err)
	}
}

func TestTheTriggersOwnSettingsBeatHostJSON(t *testing.T) {
	function := `{"bindings":[{"Type":"ServiceBusTrigger","Name":"m","queueName":"%QUEUE%/$DeadLetterQueue","connection":"Bus","autoCompleteMessages":true}]}`
	app, err := Load(writeApp(t, hostWith(`"extensions":{"serviceBus":{"autoCompleteMessages":false}}`), map[string]string{"f": function}),
		settings("QUEUE", "dsr", "Bus__fullyQualifiedNamespace", "n.servicebus.windows.net", "Bus__credential", "managedidentity", "Bus__clientId", "c"))
	if err != nil || len(app.Functions) != 1 {
		t.Fatalf("got %+v, %v", app, err)
	}
	got := app.Functions[0].ServiceBus
	want := Connection{FullyQualifiedNamespace: "n.servicebus.windows.net", ManagedIdentity: true, ClientID: "c"}
	if !got.AutoComplete || got.Queue != "dsr" || !got.DeadLetter || got.Binary || got.Connection != want {
		t.Errorf("got %+v", got)
	}
}

func TestAFunctionCanBeSwitchedOff(t *testing.T) {
	tests := []struct {
		name, function, setting, value string
		off                            bool
	}{
		{"by setting", queueFunction, "AzureWebJobs.f.Disabled", "true", true},
		{"in another case", queueFunction, "AzureWebJobs.f.Disabled", "True", true},
		{"by 1", queueFunction, "AzureWebJobs.f.Disabled", "1", true},
		{"by the spelling for Linux", queueFunction, "AzureWebJobs_f_Disabled", "true", true},
		{"not by false", queueFunction, "AzureWebJobs.f.Disabled", "false", false},
		{"by function.json", strings.Replace(queueFunction, "{", `{"disabled":true,`, 1), "", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, err := Load(writeApp(t, hostWith(`"x":1`), map[string]string{"f": tt.function}), settings(tt.setting, tt.value, "Bus", "x"))
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.Contains(app.Disabled, "f"); got != tt.off || (len(app.Functions) == 0) != tt.off {
				t.Errorf("got %+v", app)
			}
		})
	}
}
