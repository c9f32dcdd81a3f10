package fakeml

import "strconv"

// servingProperties are those of endpoints and what runs behind them.
func (a *Account) servingProperties(r *mlResource, kind string, at place) []field {
	name := a.nameOf(r.variable, at)
	switch kind {
	case "onlineEndpoints", "batchEndpoints":
		return []field{
			{"authMode", text("Key")}, {"scoringUri", text("https://" + name + "." + a.Location + ".inference.ml.azure.com/score")}, {"swaggerUri", "null"},
			{"description", text("Dienst für die Prüfung")}, {"properties", "{ }"}, {"traffic", "{ }"}, {"provisioningState", text("Succeeded")},
		}

	case "serverlessEndpoints":
		return []field{{"authMode", text("Key")}, {"modelSettings", object(0, field{"modelId", text("azureml://registries/azureml/models/phi")})}, {"provisioningState", text("Succeeded")}}
	case "marketplaceSubscriptions":
		return []field{{"marketplacePlan", object(0, field{"offerId", text("offer")}, field{"planId", text("plan")}, field{"publisherId", text("publisher")})}, {"modelId", text("azureml://registries/azureml/models/phi")}, {"marketplaceSubscriptionStatus", text("Subscribed")}, {"provisioningState", text("Succeeded")}}
	}
	return []field{
		{"description", "null"},
		{"model", text("azureml:model:1")},
		{"codeConfiguration", object(0, field{"codeId", text("azureml:code:1")}, field{"scoringScript", text("score.py")})},
		{"environmentVariables", object(1, field{"API_KEY", text(a.secret(at, hashText(r.variable)))})},
		{"properties", object(2, field{"number", text(strconv.Itoa(at.entry))})},
		{"provisioningState", text("Succeeded")},
	}
}

// scheduleProperties hold the definition of the job that a schedule starts.
func (a *Account) scheduleProperties(at place) []field {
	return []field{
		{"displayName", text("nachts")},
		{"isEnabled", boolean(!archived(at.item))},
		{"trigger", object(0, field{"triggerType", text("Cron")}, field{"expression", text("0 2 * * *")}, field{"timeZone", text("UTC")})},
		{"action", object(1, field{"actionType", text("CreateJob")}, field{"jobDefinition", object(2,
			field{"jobType", text("Command")}, field{"command", text("python train.py")},
			field{"environmentVariables", object(0, field{"TOKEN", text(a.secret(at, hashText("mlSchedule")))})},
			field{"notificationSetting", a.notified(at.item)},
		)})},
		{"tags", "{ }"}, {"properties", "{ }"}, {"provisioningState", text("Succeeded")},
	}
}

// notified is whom a job writes to: the data subject in every ninth, which a
// colleague made.
func (a *Account) notified(index int) string {
	if index%9 != 4 {
		return "null"
	}
	return object(index, field{"emailOn", `["JobFailed"]`}, field{"emails", "[" + text(SubjectUPN) + "]"}, field{"webhooks", "{ }"})
}

func boolean(b bool) string { return strconv.FormatBool(b) }
