package fakeml

import "fmt"

// mlMetricList lists the definitions of a run's metrics.
func (s *Server) mlMetricList(at place) list {
	return listPlaces(s, s.account.ML.Metrics, func(i int) place {
		at.part = i
		return at
	}, (*Server).metricDefinition)
}

// metricDefinition has the members of the published MetricDefinition.
func (s *Server) metricDefinition(at place) []byte {
	return []byte(object(at.part,
		field{"metricKey", object(0,
			field{"namespace", text(metricNamespace(at.part))},
			field{"name", text(metricName(at.part))},
			field{"labels", "null"},
			field{"columnNames", `["` + metricName(at.part) + `"]`},
		)},
		field{"columns", object(1, field{metricName(at.part), text("Double")})},
		field{"properties", object(0, field{"uxMetricType", text("azureml.v1.scalar")})},
	))
}

// valuesPerMetric is how many values each metric has.
const valuesPerMetric = 5

// metricValues lists the values of a metric, inside a document of its own. A
// float64 can't hold its numbers exactly.
func (s *Server) metricValues(at place) list {
	a := &s.account
	return list{
		total: valuesPerMetric,
		place: func(int) place { return at },
		head: []field{
			{"dataContainerId", text("dcid." + a.mlRunID(at))},
			{"name", text(metricName(at.part))},
			{"columns", object(0, field{metricName(at.part), text("Double")})},
			{"namespace", text(metricNamespace(at.part))},
		},
		item: func(step int) []byte {
			return []byte(object(step,
				field{"metricId", text(a.guid(append(at.parts(ofMetric), uint64(step))...))},
				field{"createdUtc", moment(a.runMinute(at) + step)},
				field{"step", fmt.Sprint(step)},
				field{"data", object(1, field{metricName(at.part), fmt.Sprintf("0.%d0", 9007199254740993+step)})},
			))
		},
	}
}
