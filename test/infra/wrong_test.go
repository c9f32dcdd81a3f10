package infra_test

import (
	"strings"
	"testing"
)

// TestWhatIsNotAsPublishedIsFound makes each thing wrong once.
func TestWhatIsNotAsPublishedIsFound(t *testing.T) {
	rules := readPublished(t)
	for _, tt := range []struct {
		name string
		make func(d deployed)
		want string
	}{
		{"a misspelt property of the host", func(d deployed) { d.object("host.json")["functionTimeOut"] = "00:10:00" }, "host.json functionTimeOut: no such property"},
		{"a time of the host", func(d deployed) { d.object("host.json")["functionTimeout"] = "10m" }, "host.json functionTimeout: 10m is not of"},
		{"the host's version", func(d deployed) { d.object("host.json")["version"] = "3.0" }, "host.json version: 3.0 is not of 2.0"},
		{"the old name of a section", func(d deployed) { d.object("host.json")["httpWorker"] = map[string]any{} }, "host.json httpWorker: no such property"},
		{"a setting of Service Bus that is no number", func(d deployed) {
			d.object("host.json", "extensions", "serviceBus")["maxConcurrentCalls"] = "16"
		}, "maxConcurrentCalls: 16 is no integer"},
		{"a setting of Service Bus in its old place", func(d deployed) {
			d.object("host.json", "extensions", "serviceBus")["messageHandlerOptions"] = map[string]any{"autoComplete": false}
		}, "messageHandlerOptions: no such property"},
		{"a level of the log", func(d deployed) {
			d.object("host.json", "logging")["logLevel"] = map[string]any{"default": "Info"}
		}, "logging.logLevel.*: Info is not of"},

		{"a function's trigger", func(d deployed) { d.binding("dsr_export")["type"] = "servicebusTrigger" }, "function.json servicebusTrigger"},
		{"a function's queue", func(d deployed) { d.binding("dsr_export")["queue"] = "dsr-exports" }, "serviceBusTrigger.queue: no such property"},
		{"a function's type of data", func(d deployed) { d.binding("dsr_export")["dataType"] = "bytes" }, "dataType: bytes is not of"},
		{"a function's methods", func(d deployed) { d.binding("dsr_api")["methods"] = []any{"GET"} }, "httpTrigger.methods[]: GET is not of"},
		{"who may call a function", func(d deployed) { d.binding("dsr_api")["authLevel"] = "nobody" }, "authLevel: nobody is not of"},
		{"a function's schedule", func(d deployed) { d.binding("dsr_watch")["schedule"] = 900.0 }, "timerTrigger.schedule: 900 is no string"},

		{"a queue's property", func(d deployed) { d.queue()["MaxDeliveries"] = 5.0 }, "Properties.MaxDeliveries: no such property"},
		{"a queue's deliveries", func(d deployed) { d.queue()["MaxDeliveryCount"] = 0.0 }, "MaxDeliveryCount: 0 is not of 1..10"},
		{"a queue's time", func(d deployed) { d.queue()["LockDuration"] = "1m" }, "LockDuration: 1m is not of"},
		{"a queue's answer", func(d deployed) { d.queue()["RequiresSession"] = "false" }, "RequiresSession: false is no boolean"},

		{"a role's action", func(d deployed) {
			d.object("infra/roles/queue-reader.json")["actions"] = []any{"Microsoft.ServiceBus/namespaces/*/Read"}
		}, "infra/roles actions[]: Microsoft.ServiceBus/namespaces/*/Read is not of"},
		{"an action among a role's data actions", func(d deployed) {
			d.object("infra/roles/blob-worker.json")["dataActions"] = []any{"Microsoft.Storage/storageAccounts/blobServices/containers/read"}
		}, "infra/roles dataActions[]"},
		{"a role's member", func(d deployed) { d.object("infra/roles/ml-reader.json")["DataActions"] = []any{} }, "infra/roles DataActions: no such property"},

		{"what azd deploys to", func(d deployed) { d.object("azure.yaml", "services", "worker")["host"] = "functions" }, "services.*.host: functions is not of"},
		{"azd's hook", func(d deployed) {
			d.object("azure.yaml", "services", "worker", "hooks")["prePackage"] = map[string]any{"run": "make"}
		}, "hooks.prePackage: no such property"},
		{"the shell of azd's hook", func(d deployed) {
			d.object("azure.yaml", "services", "worker", "hooks", "prepackage")["shell"] = "bash"
		}, "shell: bash is not of"},
		{"azd's name", func(d deployed) { d.object("azure.yaml")["name"] = "AzureML DSR" }, "azure.yaml name: AzureML DSR is not of"},

		{"a setting of the platform", func(d deployed) {
			d.object("app settings of a deploy")["AzureWebJobsStorage__credential"] = "ManagedIdentity"
		}, "AzureWebJobsStorage__credential: ManagedIdentity is not of"},
		{"how telemetry signs in", func(d deployed) {
			d.object("app settings of a deploy")["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "Authorization=AAD"
		}, "APPLICATIONINSIGHTS_AUTHENTICATION_STRING: Authorization=AAD is not of"},

		{"a type of resource", func(d deployed) { d.resource("Microsoft.Web/sites")["type"] = "Microsoft.Web/functionApps" }, "Microsoft.Web/functionApps: no such thing"},
		{"a property of a resource", func(d deployed) {
			d.resource("Microsoft.Web/sites")["properties"].(map[string]any)["httpOnly"] = true
		}, "Microsoft.Web/sites properties.httpOnly: no such property"},
		{"a property in the wrong place", func(d deployed) { d.resource("Microsoft.Web/sites")["httpsOnly"] = true }, "Microsoft.Web/sites httpsOnly: no such property"},
		{"a choice", func(d deployed) {
			d.resource("Microsoft.Storage/storageAccounts")["sku"] = map[string]any{"name": "Standard_ZGRS"}
		}, "sku.name: Standard_ZGRS is not of"},
		{"one of two values", func(d deployed) {
			d.resource("Microsoft.ServiceBus/namespaces")["properties"].(map[string]any)["publicNetworkAccess"] = "[if(parameters('networkIsolation'), 'Off', 'Enabled')]"
		}, "publicNetworkAccess: Off is not of"},
		{"a parameter's least", func(d deployed) {
			d.object("infra/main.json", "parameters", "maximumInstanceCount")["minValue"] = 0.0
		}, "maximumInstanceCount: 0 is not of"},
		{"a parameter's choices", func(d deployed) {
			d.object("infra/main.json", "parameters", "instanceMemoryMB")["allowedValues"] = []any{1024.0}
		}, "instanceMemoryMB: 1024 is not of"},
		{"an alert's operator", func(d deployed) { d.rule("operator", "More") }, "criteria.allOf[].operator: More is not of"},
		{"an alert's severity", func(d deployed) { d.rule("severity", 5.0) }, "properties.severity: 5 is not of 0..4"},
		{"an alert's frequency", func(d deployed) { d.rule("every", "15m") }, "evaluationFrequency: 15m is not of"},
		{"an alert's measure", func(d deployed) {
			d.resource("Microsoft.Insights/metricAlerts")["properties"].(map[string]any)["windowSize"] = "PT7M"
		}, "metricAlerts properties.windowSize: PT7M is not of"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := readDeployed(t)
			tt.make(d)
			faults := strings.Join(d.faults(rules), "\n")
			if !strings.Contains(faults, tt.want) {
				t.Errorf("found\n%s\nwant %q", faults, tt.want)
			}
		})
	}
}

// object returns an object within a file.
func (d deployed) object(file string, path ...string) map[string]any {
	o := d[file].(map[string]any)
	for _, name := range path {
		o = o[name].(map[string]any)
	}
	return o
}

// binding returns the first binding of a function.
func (d deployed) binding(function string) map[string]any {
	return d.object("functions/" + function + "/function.json")["bindings"].([]any)[0].(map[string]any)
}

// queue returns the properties of the first queue.
func (d deployed) queue() map[string]any {
	space := d.object("servicebus.config.json", "UserConfig")["Namespaces"].([]any)[0].(map[string]any)
	return space["Queues"].([]any)[0].(map[string]any)["Properties"].(map[string]any)
}

// resource returns the first resource of a type in the template.
func (d deployed) resource(kind string) (found map[string]any) {
	s := scope{template: d.object("infra/main.json")}
	s.each(func(r map[string]any, _ resolver) {
		if r["type"] == kind && found == nil {
			found = r
		}
	})
	return found
}

// rule changes the first of the template's alerts by a query.
func (d deployed) rule(key string, value any) {
	for _, item := range d.object("infra/main.json")["resources"].([]any) {
		properties, _ := item.(map[string]any)["properties"].(map[string]any)
		template, _ := properties["template"].(map[string]any)
		variables, _ := template["variables"].(map[string]any)
		if rules, ok := variables["rules"].([]any); ok {
			rules[0].(map[string]any)[key] = value
		}
	}
}
