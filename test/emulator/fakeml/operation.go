package fakeml

import (
	"net/http"
	"strings"
)

// An operation is a deletion that runs. ARM has one path for its status and one
// for its result; the model management plane of 2017 had operations of its own,
// without DELETEs among them, and gets the same two below that path.
const (
	experimentationOperations = "/subscriptions/{subscription}/providers/Microsoft.MachineLearningExperimentation/locations/{location}"
	hostingOperations         = "/subscriptions/{subscription}/providers/Microsoft.MachineLearningModelManagement/locations/{location}"
	modelOperations           = accountPath + "/operations"

	statusPath = "/operationStatuses/{operation}"
	resultPath = "/operationResults/{operation}"
)

// operationRoutes are the rows that Azure-AsyncOperation and Location lead to.
func operationRoutes() []route {
	var rows []route
	for _, row := range []route{
		{plane: planeARM, flat: true, version: experimentationVersion, pattern: experimentationOperations},
		{plane: planeARM, version: modelManagementVersion, pattern: hostingOperations},
		{plane: planeMM, version: modelManagementVersion, pattern: modelOperations},
		{plane: planeARM, second: true, version: mlVersion, pattern: mlOperations},
		{plane: planeARM, second: true, version: labelingVersion, pattern: mlOperations},
	} {
		row.endpoint = "OP"
		status, result := row, row
		status.pattern, status.polls = row.pattern+statusPath, (*Server).operationStatus
		result.pattern, result.polls = row.pattern+resultPath, (*Server).operationResult
		rows = append(rows, status, result)
	}
	return rows
}

// operationLink leads to the operation of a deletion, with the version of the
// call that asks for it.
func (s *Server) operationLink(c *call, d deletion, pattern string) string {
	path := strings.Replace(s.account.fill(pattern, c.at), "{operation}", d.id, 1) + "?api-version=" + c.route.version
	if d.Relative {
		return path
	}
	return s.baseFor(c.r) + path
}

func (s *Server) answerPoll(c *call) {
	d, ok := s.deletions.operation(c.operation)
	if !ok {
		c.fail(notFound(c.plane))
		return
	}
	if d.state == running && d.RetryAfter != "" {
		c.w.Header().Set("Retry-After", d.RetryAfter)
	}
	c.route.polls(s, c, d)
}

// operationStatus is what Azure-AsyncOperation leads to: always 200, and the
// status inside.
func (s *Server) operationStatus(c *call, d deletion) {
	status := map[state]string{running: "InProgress", failed: "Failed", done: "Succeeded"}[d.state]
	fields := []field{
		{"id", text(c.r.URL.Path)},
		{"name", text(d.id)},
		{"status", text(status)},
		{"startTime", stamp(d.began)},
	}
	if d.state != running {
		fields = append(fields, field{"endTime", stamp(d.until)})
	}
	if d.state == failed {
		fields = append(fields, field{"error", object(0, deletionFailed().fields()...)})
	}

	c.send(http.StatusOK, []byte(object(0, fields...)))
}

// operationResult is what Location leads to: 202, then what the DELETE would
// have been answered without delay.
func (s *Server) operationResult(c *call, d deletion) {
	switch d.state {
	case running:
		c.w.Header().Set("Location", s.operationLink(c, d, c.route.pattern))
		c.sendEmpty(http.StatusAccepted)
	case failed:
		c.fail(deletionFailed())
	default:
		c.sendEmpty(d.Status)
	}
}

func deletionFailed() problem {
	return problem{http.StatusConflict, "DeletionFailed", "The resource could not be deleted and is still there."}
}
