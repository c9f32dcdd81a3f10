package fanout

import (
	"context"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// planLedger keeps the one plan that is recorded.
type planLedger struct {
	Ledger
	plan dsr.Plan
}

func (l *planLedger) RecordPlan(_ context.Context, p dsr.Plan) (dsr.Plan, error) {
	l.plan = p
	return p, nil
}

// rows names the rows that a refusal is reported under.
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
			l := &planLedger{}
			i := &Intake{Ledger: l, Directory: rows{}}
			p := Build(dsr.Request{ID: "r", Kind: dsr.KindExport}, 1, tt.found, one, time.Now())
			if _, err := i.recordPlan(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			if len(l.plan.Nodes) != tt.nodes {
				t.Fatalf("%d nodes, want %d", len(l.plan.Nodes), tt.nodes)
			}

			for _, n := range l.plan.Nodes {
				if _, _, err := dsr.SplitNode(dsr.NodeName(n.Number)); err != nil {
					t.Fatalf("node %d can't be read back: %v", n.Number, err)
				}
			}

			refused := tt.nodes == 1
			f := l.plan.Nodes[0].Failed
			if refused != (f != nil) {
				t.Fatalf("the first node is %+v", l.plan.Nodes[0])
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
