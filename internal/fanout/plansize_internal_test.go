package fanout

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// rows is a Directory that only names the row that a refusal is reported under.
type rows struct{ Directory }

func (rows) Row(dsr.Level) string { return "E27" }

func foundProjects(n int, name string) []Found {
	found := make([]Found, n)
	for i := range found {
		found[i].Target = dsr.Target{
			Level:          dsr.Project,
			SubscriptionID: "s",
			ResourceGroup:  "g",
			Account:        "a",
			Workspace:      "w",
			Project:        name,
		}
	}
	return found
}

func TestAPlanThatIsTooLargeIsRefusedWithTheRemedy(t *testing.T) {
	long := strings.Repeat("p", 1<<10)
	one := []ResourceType{{Name: "runs", Level: dsr.Project}}
	for name, tt := range map[string]struct {
		found []Found
		nodes int
	}{
		"the most nodes there can be": {foundProjects(dsr.MaxNode, "p"), dsr.MaxNode},
		"one more":                    {foundProjects(dsr.MaxNode+1, "p"), 1},
		"a record that is too long":   {foundProjects(30_000, long), 1},
		"one that fits":               {foundProjects(20_000, long), 20_000},
	} {
		t.Run(name, func(t *testing.T) {
			i := &Intake{Directory: rows{}}
			p, err := i.fit(Build(dsr.Request{ID: "r", Kind: dsr.KindExport}, 1, tt.found, one, time.Now()))
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Nodes) != tt.nodes {
				t.Fatalf("%d nodes, want %d", len(p.Nodes), tt.nodes)
			}

			for _, n := range p.Nodes {
				if _, _, err := dsr.SplitNode(dsr.NodeName(n.Number)); err != nil {
					t.Fatalf("node %d can't be read back: %v", n.Number, err)
				}
			}

			refused := tt.nodes == 1
			f := p.Nodes[0].Failed
			if refused != (f != nil) {
				t.Fatalf("the first node is %+v", p.Nodes[0])
			}

			if refused && (f.Reason != dsr.ReasonInvalidRequest || f.Endpoint != "E27" || !strings.Contains(f.Error, "send several")) {
				t.Errorf("it says %+v", *f)
			}
		})
	}
}

func TestTheErrorOfATooLargePlanIsPermanent(t *testing.T) {
	err := checkSize(dsr.Plan{Nodes: make([]dsr.Node, dsr.MaxNode+1)})
	if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonInvalidRequest {
		t.Errorf("got %v", err)
	}
}
