package fakeml

import "strconv"

// notificationRoutes are the rows of the notification service.
func notificationRoutes() []route {
	return []route{
		{endpoint: "E26", plane: planeEXP, pattern: "/notification/v1.0" + projectPath + "/users/{subject}/jobs", list: (*Server).jobs},
	}
}

// jobs are those of the data subject. No description of them is published: the
// members are those that a job of the experiments plane has elsewhere.
func (s *Server) jobs(at place) list {
	return listOf(s, s.account.Jobs, at, func(s *Server, at place) []byte {
		a := &s.account
		return []byte(object(at.item,
			field{"jobId", text(a.guid(at.parts(ofJob)...))},
			field{"userObjectId", text(a.subject())},
			field{"runId", text(a.RunID(at.ws, at.project, at.item%max(a.Runs, 1)))},
			field{"status", text("Completed")},
			field{"createdUtc", moment(at.item)},
			field{"sequence", strconv.Itoa(at.item)},
		))
	})
}
