package azureml

import (
	"net/url"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestURLOfEveryRow(t *testing.T) {
	const (
		arm = "https://management.azure.com"
		mm  = "https://eastus2.modelmanagement.azureml.net"
		exp = "https://eastus2.experiments.azureml.net"
		rg  = "/subscriptions/sub/resourceGroups/rg"
		ea  = rg + "/providers/Microsoft.MachineLearningExperimentation/accounts/acc"
		p   = ea + "/workspaces/ws/projects/pr"
		acc = mm + "/api" + rg + "/accounts/acc"
		ml  = arm + rg + "/providers/Microsoft.MachineLearningServices/workspaces/ws"
		ws  = rg + "/providers/Microsoft.MachineLearningServices/workspaces/ws"
		reg = arm + rg + "/providers/Microsoft.MachineLearningServices/registries/named"
		v   = "?api-version=2026-09-01"
		av  = "?listViewType=All&api-version=2026-09-01"
		api = "https://eastus2.api.azureml.ms"
		rh  = api + "/history/v1.0" + ws
		mt  = api + "/metric/v2.0" + ws
		af  = api + "/artifact/v2.0" + ws
		mr  = api + "/modelregistry/v1.0" + ws
		ag  = api + "/agents/v1.0" + ws
		agv = "api-version=2025-05-15-preview"
		agl = "?limit=100&order=asc&" + agv
		ev  = api + "/raisvc/v1.0" + ws + "/evaluations"
		evv = "?api-version=2024-07-01-preview"
		ga  = api + "/genericasset/v2.0" + ws
		gav = "api-version=2024-05-01-preview"
		dt  = api + "/genericasset/v2.0" + rg + "/providers/Microsoft.MachineLearningServices/registries/named/deploymenttemplates"
		dtv = "api-version=2024-04-01-preview"
		op  = arm + "/subscriptions/sub/resourcegroups/rg/providers/Microsoft.MachineLearningCompute"
	)

	tests := map[string]string{
		"E01":  arm + rg + "/providers/Microsoft.MachineLearningModelManagement/accounts/acc?api-version=2017-09-01-preview",
		"E02":  acc + "/models?api-version=2017-09-01-preview",
		"E03":  acc + "/models/item-1?api-version=2017-09-01-preview",
		"E04":  acc + "/manifests?api-version=2017-09-01-preview",
		"E05":  acc + "/manifests/item-1?api-version=2017-09-01-preview",
		"E06":  acc + "/services?api-version=2017-09-01-preview",
		"E07":  acc + "/services/item-1?api-version=2017-09-01-preview",
		"E08":  acc + "/images?api-version=2017-09-01-preview",
		"E09":  acc + "/images/item-1?api-version=2017-09-01-preview",
		"E10":  ml + "/computes?api-version=2018-03-01-preview",
		"E11":  ml + "/computes/item-1?api-version=2018-03-01-preview",
		"E12":  op + "/operationalizationClusters?api-version=2017-06-01-preview",
		"E13":  op + "/operationalizationClusters/item-1?api-version=2017-06-01-preview",
		"E14":  exp + "/history/v1.0" + p + "/runs",
		"E15":  exp + "/history/v1.0" + p + "/experiments",
		"E16":  exp + "/history/v1.0" + p + "/runs/item-1",
		"E17":  exp + "/history/v1.0" + p + "/runmetrics",
		"E18":  exp + "/history/v1.0" + p + "/experiments/item-1",
		"E19":  exp + "/history/v1.0" + p + "/runs/item-1/artifacts",
		"E20":  exp + "/history/v1.0" + p + "/runs/item-1/artifacturi?name=outputs%2Fmodel.pkl",
		"E21":  exp + "/artifact/v1.0" + p + "/assets",
		"E22":  exp + "/artifact/v1.0" + p + "/artifacts/origins/ExperimentRun/containers/item-1",
		"E23":  exp + "/artifact/v1.0" + p + "/artifacts/contentinfo/ExperimentRun/item-1/outputs/model.pkl",
		"E24":  exp + "/history/v1.0" + p + "/runs/item-1/artifacts",
		"E25":  exp + "/artifact/v1.0" + p + "/assets/name/item-1",
		"E26":  exp + "/notification/v1.0" + p + "/users/oid-1/jobs",
		"E27":  arm + ea + "?api-version=2017-05-01-preview",
		"E28":  arm + ea + "/workspaces/ws?api-version=2017-05-01-preview",
		"E29":  arm + p + "?api-version=2017-05-01-preview",
		"W01":  arm + "/subscriptions/sub/providers/Microsoft.MachineLearningServices/workspaces" + v,
		"W02":  arm + rg + "/providers/Microsoft.MachineLearningServices/workspaces" + v,
		"W03":  ml + v,
		"W04":  ml + "/computes" + v,
		"W05":  ml + "/computes/item-1" + v,
		"W06":  ml + "/datastores" + v,
		"W07":  ml + "/datastores/item-1" + v,
		"W08":  ml + "/data" + av,
		"W09":  ml + "/data/item-1" + v,
		"W10":  ml + "/data/item-1/versions" + av,
		"W11":  ml + "/data/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W12":  ml + "/models" + av,
		"W13":  ml + "/models/item-1" + v,
		"W14":  ml + "/models/item-1/versions" + av,
		"W15":  ml + "/models/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W16":  ml + "/environments" + av,
		"W17":  ml + "/environments/item-1" + v,
		"W18":  ml + "/environments/item-1/versions" + av,
		"W19":  ml + "/environments/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W20":  ml + "/components" + av,
		"W21":  ml + "/components/item-1" + v,
		"W22":  ml + "/components/item-1/versions" + av,
		"W23":  ml + "/components/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W24":  ml + "/codes" + v,
		"W25":  ml + "/codes/item-1" + v,
		"W26":  ml + "/codes/item-1/versions" + v,
		"W27":  ml + "/codes/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W28":  ml + "/jobs" + av,
		"W29":  ml + "/jobs/item-1" + v,
		"W30":  ml + "/schedules" + av,
		"W31":  ml + "/schedules/item-1" + v,
		"W32":  ml + "/onlineEndpoints" + v,
		"W33":  ml + "/onlineEndpoints/item-1" + v,
		"W34":  ml + "/onlineEndpoints/item-1/deployments" + v,
		"W35":  ml + "/onlineEndpoints/item-1/deployments/outputs%2Fmodel.pkl" + v,
		"W36":  ml + "/batchEndpoints" + v,
		"W37":  ml + "/batchEndpoints/item-1" + v,
		"W38":  ml + "/batchEndpoints/item-1/deployments" + v,
		"W39":  ml + "/batchEndpoints/item-1/deployments/outputs%2Fmodel.pkl" + v,
		"W40":  ml + "/serverlessEndpoints" + v,
		"W41":  ml + "/serverlessEndpoints/item-1" + v,
		"W40m": ml + "/marketplaceSubscriptions" + v,
		"W41m": ml + "/marketplaceSubscriptions/item-1" + v,
		"W42":  ml + "/connections" + v,
		"W43":  ml + "/connections/item-1" + v,
		"W44":  ml + "/featuresets" + av,
		"W45":  ml + "/featuresets/item-1" + v,
		"W44v": ml + "/featuresets/named/versions" + av,
		"W45v": ml + "/featuresets/named/versions/item-1" + v,
		"W44f": ml + "/featuresets/named/versions/item-1/features" + av,
		"W45f": ml + "/featuresets/named/versions/item-1/features/outputs%2Fmodel.pkl" + v,
		"W46":  ml + "/featurestoreEntities" + av,
		"W47":  ml + "/featurestoreEntities/item-1" + v,
		"W46v": ml + "/featurestoreEntities/item-1/versions" + av,
		"W47v": ml + "/featurestoreEntities/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W48":  ml + "/labelingJobs?api-version=2024-01-01-preview",
		"W49":  ml + "/labelingJobs/item-1?api-version=2024-01-01-preview",
		"W50":  rh + "/experiments:query",
		"W51":  rh + "/experimentids/item-1",
		"W52":  rh + "/experimentids/named/runs:query",
		"W53":  rh + "/runs/item-1",
		"W54":  rh + "/runs/item-1/children?$top=100",
		"W55":  rh + "/runs/item-1/details",
		"W55d": rh + "/rundata",
		"W56":  mt + "/runs/item-1/list",
		"W57":  mt + "/runs/item-1/full",
		"W58":  rh + "/experimentids/named/runs/item-1/artifacts",
		"W59":  af + "/artifacts/ExperimentRun/dcid.item-1",
		"W60":  af + "/artifacts/ExperimentRun/dcid.item-1/contentinfo?path=outputs%2Fmodel.pkl",
		"W61":  api + "/history/v1.0/private" + ws + "/runs/item-1/spans",
		"W62":  mr + "/models?listViewType=All",
		"W62i": mr + "/models/item-1",
		"W63":  mr + "/assets",
		"W63i": mr + "/assets/item-1",
		"W64":  api + "/dataset/v2.0" + ws + "/datasets",
		"W64c": api + "/data/v1.0" + ws + "/datacontainer",
		"W64v": api + "/data/v1.0" + ws + "/dataversion/item-1/versions",
		"W65s": arm + "/subscriptions/sub/providers/Microsoft.MachineLearningServices/registries" + v,
		"W65g": arm + rg + "/providers/Microsoft.MachineLearningServices/registries" + v,
		"W65":  reg + v,
		"W66a": reg + "/data" + av,
		"W66b": reg + "/data/item-1" + v,
		"W66c": reg + "/data/item-1/versions" + av,
		"W66d": reg + "/data/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W66e": reg + "/models" + av,
		"W66f": reg + "/models/item-1" + v,
		"W66g": reg + "/models/item-1/versions" + av,
		"W66h": reg + "/models/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W66i": reg + "/environments" + av,
		"W66j": reg + "/environments/item-1" + v,
		"W66k": reg + "/environments/item-1/versions" + av,
		"W66l": reg + "/environments/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W66m": reg + "/components" + v,
		"W66n": reg + "/components/item-1" + v,
		"W66o": reg + "/components/item-1/versions" + v,
		"W66p": reg + "/components/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W66q": reg + "/codes" + v,
		"W66r": reg + "/codes/item-1" + v,
		"W66s": reg + "/codes/item-1/versions" + v,
		"W66t": reg + "/codes/item-1/versions/outputs%2Fmodel.pkl" + v,
		"W67":  ml + "/outboundRules" + v,
		"W67i": ml + "/outboundRules/item-1" + v,
		"W67p": ml + "/privateEndpointConnections" + v,
		"W67q": ml + "/privateEndpointConnections/item-1" + v,
		"W67c": ml + "/capabilityHosts" + v,
		"W67d": ml + "/capabilityHosts/item-1" + v,

		"W68":  ag + "/threads" + agl,
		"W68i": ag + "/threads/item-1?" + agv,
		"W69":  ag + "/threads/item-1/messages" + agl,
		"W70":  ag + "/threads/item-1/runs" + agl,
		"W70s": ag + "/threads/item-1/runs/outputs%2Fmodel.pkl/steps" + agl,
		"W71":  ag + "/assistants" + agl,
		"W71i": ag + "/assistants/item-1?" + agv,
		"W72":  ag + "/files?" + agv,
		"W72i": ag + "/files/item-1?" + agv,
		"W73":  ag + "/vector_stores" + agl,
		"W73i": ag + "/vector_stores/item-1?" + agv,
		"W73f": ag + "/vector_stores/item-1/files" + agl,
		"W74":  ev + "/runs" + evv,
		"W74i": ev + "/runs/item-1" + evv,
		"W75":  ev + "/schedules" + evv,
		"W75i": ev + "/schedules/item-1" + evv,
		"W76":  ga + "/indexes?" + gav,
		"W76v": ga + "/indexes/item-1/versions?listViewType=All&" + gav,
		"W76i": ga + "/indexes/item-1/versions/outputs%2Fmodel.pkl?" + gav,
		"W77":  ga + "/prompts?" + gav,
		"W77v": ga + "/prompts/item-1/versions?listViewType=All&" + gav,
		"W77i": ga + "/prompts/item-1/versions/outputs%2Fmodel.pkl?" + gav,
		"W78":  dt + "?listViewType=All&" + dtv,
		"W78v": dt + "?listViewType=All&name=item-1&" + dtv,
		"W78i": dt + "/item-1/versions/outputs%2Fmodel.pkl?" + dtv,

		"WS": arm + ea + "/workspaces?api-version=2017-05-01-preview",
		"PR": arm + ea + "/workspaces/ws/projects?api-version=2017-05-01-preview",
	}

	c := newClient(t, upstreamtest.Answers(200))
	for _, op := range table() {
		if tests[op.ID] == "" {
			t.Fatalf("%s has no URL here", op.ID)
		}
		got, err := c.URL(callOf(t, op.ID))
		if err != nil || got != tests[op.ID] {
			t.Errorf("%s: got %s, %v, want %s", op.ID, got, err, tests[op.ID])
		}
		delete(tests, op.ID)
	}

	for id := range tests {
		t.Errorf("%s is no row any more", id)
	}
}

func TestItemsAreOneSegmentAndEntriesKeepTheirSlashes(t *testing.T) {
	long := strings.Repeat("x", 1024)
	tests := []struct{ name, item, entry, wantItem, wantEntry string }{
		{"a dot", ".", "./a", "%2E", "%2E/a"},
		{"two dots", "..", "a/../../b", "%2E%2E", "a/%2E%2E/%2E%2E/b"},
		{"slashes", "a/b", "a/b", "a%2Fb", "a/b"},
		{"something escaped", "a%2fb", "a%2fb", "a%252fb", "a%252fb"},
		{"blanks and signs", "a b+c?d#e", "a b/c&d", "a%20b%2Bc%3Fd%23e", "a%20b/c&d"},
		{"a backslash", `..\x`, `..\x`, `..%5Cx`, `..%5Cx`},
		{"Unicode", "Ünï", "Ü/ï", "%C3%9Cn%C3%AF", "%C3%9C/%C3%AF"},
		{"bytes that are no text", "\xff\x00", "\xff", "%FF%00", "%FF"},
		{"a template's mark", "{entry}", "{item}", "%7Bentry%7D", "%7Bitem%7D"},
		{"1,024 characters", long, long, long, long},
		{"a colon", "mnist:1", "c:/x", "mnist:1", "c:/x"},
		{"empty segments", "x", "/a//b", "x", "/a//b"},
	}

	c := newClient(t, upstreamtest.Answers(200))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			call := callOf(t, "E23")
			call.Item, call.Entry = tt.item, tt.entry
			got, err := c.URL(call)
			if want := "/contentinfo/ExperimentRun/" + tt.wantItem + "/" + tt.wantEntry; err != nil || !strings.HasSuffix(got, want) {
				t.Errorf("got %s, %v, want …%s", got, err, want)
			}
		})
	}
}

func TestEntryInAQueryIsOneValue(t *testing.T) {
	call := callOf(t, "E20")
	call.Operation.APIVersion = "v1"
	call.Entry = "a/b&c=d #"
	got, err := newClient(t, upstreamtest.Answers(200)).URL(call)
	if want := "/runs/item-1/artifacturi?name=a%2Fb%26c%3Dd+%23&api-version=v1"; err != nil || !strings.HasSuffix(got, want) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestWhatReachesTheWireIsTheEscapedPath(t *testing.T) {
	transport := upstreamtest.Answers(200)
	c := newClient(t, transport)
	call := callOf(t, "E16")
	call.Item = ".."
	answer, err := c.Get(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	upstreamtest.ReadAll(t, answer.Body)
	if got := transport.Requests()[0].URL.RequestURI(); !strings.HasSuffix(got, "/runs/%2E%2E") {
		t.Errorf("the request line has %s", got)
	}
}

func TestCallsThatCannotBeMade(t *testing.T) {
	tests := []struct {
		name   string
		row    string
		change func(*Call)
	}{
		{"a location with a dot", "E14", func(c *Call) { c.Target.Location = "evil.example.com/" }},
		{"a location with an at sign", "E02", func(c *Call) { c.Target.Location = "x@evil" }},
		{"a location in capitals", "E14", func(c *Call) { c.Target.Location = "EastUS" }},
		{"no location", "E14", func(c *Call) { c.Target.Location = "" }},
		{"a location of 41 characters", "E14", func(c *Call) { c.Target.Location = strings.Repeat("a", 41) }},
		{"a location with a line end", "E14", func(c *Call) { c.Target.Location = "eastus2\n" }},
		{"no subscription", "E01", func(c *Call) { c.Target.SubscriptionID = "" }},
		{"no account", "E01", func(c *Call) { c.Target.Account = "" }},
		{"no project", "E29", func(c *Call) { c.Target.Project = "" }},
		{"no item", "E16", func(c *Call) { c.Item = "" }},
		{"no entry", "E23", func(c *Call) { c.Entry = "" }},
		{"no subject", "E26", func(c *Call) { c.ObjectID = "" }},
		{"a cursor for what is no list", "E16", func(c *Call) { c.Cursor = "token:x" }},
	}

	transport := upstreamtest.Answers(200)
	c := newClient(t, transport)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			call := callOf(t, tt.row)
			tt.change(&call)
			if _, err := c.Get(t.Context(), call); dsr.ClassOf(err) != dsr.Permanent {
				t.Errorf("got %v, want a permanent error", err)
			}
		})
	}

	if n := len(transport.Requests()); n != 0 {
		t.Errorf("%d requests left", n)
	}
}

// A colon is a part of some routes, and of some names.
func TestAHostileNameStaysInItsRoute(t *testing.T) {
	const (
		ws = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
		rh = "/history/v1.0" + ws
	)

	tests := []struct{ row, name, want string }{
		{"W50", "x", rh + "/experiments:query"},
		{"W52", "a:b", rh + "/experimentids/a:b/runs:query"},
		{"W52", "a/../../x:query", rh + "/experimentids/a%2F..%2F..%2Fx:query/runs:query"},
		{"W52", "..", rh + "/experimentids/%2E%2E/runs:query"},
		{"W53", "x/../y", rh + "/runs/x%2F..%2Fy"},
		{"W53", "..", rh + "/runs/%2E%2E"},
		{"W54", "x?$top=1#", rh + "/runs/x%3F$top=1%23/children?$top=100"},
		{"W56", "x:query/full", "/metric/v2.0" + ws + "/runs/x:query%2Ffull/list"},
		{"W57", "..", "/metric/v2.0" + ws + "/runs/%2E%2E/full"},
		{"W59", "..", "/artifact/v2.0" + ws + "/artifacts/ExperimentRun/dcid.%2E%2E"},
		{"W59", "/../../LocalUpload", "/artifact/v2.0" + ws + "/artifacts/ExperimentRun/dcid.%2F..%2F..%2FLocalUpload"},
		{"W62i", "mnist:1", "/modelregistry/v1.0" + ws + "/models/mnist:1"},
	}

	transport := upstreamtest.Answers(200)
	c := newClient(t, transport)
	for _, tt := range tests {
		call := callOf(t, tt.row)
		call.Item, call.Target.Name = tt.name, tt.name
		call.Entry = `{"name":"a"}`
		answer, err := c.Get(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}

		upstreamtest.ReadAll(t, answer.Body)
		sent := transport.Requests()
		if u := sent[len(sent)-1].URL; u.RequestURI() != tt.want || u.Host != "eastus2.api.azureml.ms" {
			t.Errorf("%s: the request line has %s, want %s", tt.row, u.RequestURI(), tt.want)
		}
	}
}

func TestASettingReplacesTheVersionOfItsRowsOnly(t *testing.T) {
	c := newClient(t, upstreamtest.Answers(200), func(o *Options) { o.MachineLearningVersion = "2024-04-01" })
	for id, want := range map[string]string{
		"W03": "api-version=2024-04-01", "W28": "api-version=2024-04-01", "W01": "api-version=2024-04-01", "W65": "api-version=2024-04-01",
		"W48": "api-version=2024-01-01-preview", "E01": "api-version=2017-09-01-preview", "E10": "api-version=2018-03-01-preview",
		"E27": "api-version=2017-05-01-preview", "W50": "", "W53": "", "E14": "",
	} {
		got, err := c.URL(callOf(t, id))
		if _, query, _ := strings.Cut(got, "?"); err != nil || (want != "" && !strings.HasSuffix(query, want)) || strings.Contains(query, "api-version") != (want != "") {
			t.Errorf("%s: got %s, %v, want %s", id, got, err, want)
		}
	}
}

func TestAnEndpointWithAPathKeepsIt(t *testing.T) {
	c := newClient(t, upstreamtest.Answers(200), loopback, func(o *Options) { o.BaseURLs.Experiments = "http://127.0.0.1:7071/exp/{location}/" })
	got, err := c.URL(callOf(t, "E14"))
	if err != nil || !strings.HasPrefix(got, "http://127.0.0.1:7071/exp/eastus2/history/v1.0/") {
		t.Errorf("got %s, %v", got, err)
	}
}

func FuzzURLStaysInItsRow(f *testing.F) {
	f.Add("eastus2", "run-1", "a/b", "")
	f.Add("x@evil", "..", "../../x", "https://evil/?a=b")
	f.Add("eastus2", "%2e%2e", "\x00/\xff", "?continuationToken=x")
	f.Add("eastus2", "a", "b", "token:\x00&x=y")
	f.Add("api.azureml.ms", "x:query", `{"name":"a"}`, "token:x")
	f.Add("evil.example.com/", "x/../y", "b", "")
	f.Add("a.b@evil", "x", "b", "")
	rows := []Operation{}
	for _, id := range []string{"E14", "E16", "E20", "E22", "E23", "E26", "W52", "W53", "W54", "W57", "W59", "W60", "W62i"} {
		rows = append(rows, row(f, id))
	}

	c := newClient(f, upstreamtest.Answers(200))
	f.Fuzz(func(t *testing.T, location, item, entry, cursor string) {
		for _, op := range rows {
			place, suffix := target(op.Level), ".experiments.azureml.net"
			if place.Location = location; op.Plane == MLWorkspace {
				place.API, place.Name, suffix = "https://"+location+".api.azureml.ms", item, ".api.azureml.ms"
			}

			text, err := c.URL(Call{
				Operation: op,
				Target:    place,
				Item:      item,
				Entry:     entry,
				Cursor:    cursor,
				ObjectID:  item,
			})
			if err != nil {
				if dsr.ClassOf(err) != dsr.Permanent {
					t.Fatalf("class %s", dsr.ClassOf(err))
				}
				continue
			}
			u, err := url.Parse(text)
			if err != nil || upstream.OriginOf(u) != "https://"+strings.ToLower(location)+suffix+":443" || u.User != nil {
				t.Fatalf("%q leads elsewhere: %v", text, err)
			}

			prefix, _, _ := strings.Cut(op.Path, "{subscriptionId}")
			path := u.EscapedPath()
			if !strings.HasPrefix(path, prefix) || strings.Contains(path+"/", "/../") {
				t.Fatalf("%q leaves its row", text)
			}
			if template, _, _ := strings.Cut(op.Path, "?"); !strings.Contains(template, "{entry...}") && strings.Count(path, "/") != strings.Count(template, "/") {
				t.Fatalf("%q has other segments than its row", text)
			}
			if last := op.Path[strings.LastIndexByte(op.Path, '/'):]; op.Body != "" && !strings.HasSuffix(path, last) {
				t.Fatalf("%q is another route", text)
			}
		}
	})
}
