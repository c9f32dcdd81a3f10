package fakeml

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// mlError has the members of the published ErrorResponse of today: the code is
// whose fault it is, and the inner error what it was.
func mlError(p problem, uri string) []byte {
	code := "UserError"
	switch {
	case p.status == http.StatusTooManyRequests:
		code = "RequestThrottled"
	case p.status >= http.StatusInternalServerError:
		code = "ServiceError"
	case p.code == expiredCursor:
		code = p.code // clients look for this one at the top
	}

	id := fmt.Sprintf("%016x", hashText(uri))
	return []byte(object(1,
		field{"error", object(0,
			field{"code", text(code)},
			field{"severity", "null"},
			field{"message", text(p.message)},
			field{"messageFormat", "null"},
			field{"messageParameters", "null"},
			field{"referenceCode", "null"},
			field{"innerError", object(0, field{"code", text(p.code)}, field{"innerError", "null"})},
		)},
		field{"correlation", object(0, field{"operation", text(id)}, field{"request", text(id[8:])})},
		field{"environment", text("eastus2")},
		field{"location", text("eastus2")},
		field{"time", text(time.Now().UTC().Format(time.RFC3339Nano))},
		field{"componentName", text("run-history")},
	))
}

// registryError is an error of the model registry.
func registryError(p problem, uri string) []byte {
	id := fmt.Sprintf("%016x", hashText(uri))
	return []byte(object(2,
		field{"code", text(p.code)},
		field{"statusCode", strconv.Itoa(p.status)},
		field{"message", text(p.message)},
		field{"target", "null"},
		field{"details", "[]"},
		field{"correlation", object(0, field{"RequestId", text(id)})},
	))
}
