package operator

import (
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// Explained is a failure with what it means and what to do.
type Explained struct {
	dsr.Failure
	Type    string `json:"type"`    // the resource type of its row, "" for none
	Meaning string `json:"meaning"` // in words
	Remedy  string `json:"remedy"`  // "": nothing can be done
}

// Explain returns failures with what they mean and what to do.
func Explain(failures []dsr.Failure) []Explained {
	types := rowTypes()
	var out []Explained
	for _, f := range failures {
		why := reasonOf(f)
		out = append(out, Explained{
			Failure: f,
			Type:    types[f.Endpoint],
			Meaning: why.meaning,
			Remedy:  why.remedy,
		})
	}
	return out
}

// rowTypes returns the resource type of each row, by its id.
func rowTypes() map[string]string {
	types := map[string]string{}
	for _, e := range azureml.Catalogue() {
		types[e.ID] = e.Type
	}
	for _, d := range azureml.DeleteOperations() {
		types[d.ID] = d.Type
	}
	return types
}

// explanation is what a reason means.
type explanation struct{ meaning, remedy string }

const again = "then `dsr retry`"

// explanations are those of all reasons that a failure may have. docs/outcomes.md says more.
var explanations = map[string]explanation{
	dsr.ReasonForbidden:           {"Azure refuses access", "give the worker's identity the right that is missing, " + again},
	dsr.ReasonTargetNotFound:      {"what the request names is not there", "check the names, and send the request under a new id"},
	dsr.ReasonRefused:             {"Azure refuses the call", "look up the code in the failure"},
	dsr.ReasonThrottled:           {"Azure asked for pauses until the deadline", "find out what else uses the subscription's quota, " + again},
	dsr.ReasonTransient:           {"it failed again and again until the last pause", "check whether Azure works again, " + again},
	dsr.ReasonCrashed:             {"the worker crashed each time", "search its log for the request's id"},
	dsr.ReasonCursorExpired:       {"the list took longer than its cursor lives, three times", "`dsr retry`"},
	dsr.ReasonMalformedAnswer:     {"the answer is not what the service describes, or is too long", "`dsr retry`; report it if it comes again"},
	dsr.ReasonForeignLink:         {"an answer leads to an address that may not be called", "check AZURE_CLOUD; report the address"},
	dsr.ReasonRedirect:            {"an answer leads to an address that may not be called", "report the address"},
	dsr.ReasonNotRetried:          {"this attempt was told to leave it out", "`dsr retry`"},
	dsr.ReasonCanceled:            {"the request was canceled before its turn", ""},
	dsr.ReasonConflict:            {"something else uses it, and Azure refuses", "`dsr retry` when that has ended"},
	dsr.ReasonConfirmationMissing: {"the request does not confirm a container that it deletes", "add its ARM id to confirm, and send the request under a new id"},
	dsr.ReasonInventoryFailed:     {"something could not be read, so nothing was deleted", "see the other failures, " + again},
	dsr.ReasonOthers:              {"it would also delete what belongs to others", "send the request under a new id with acknowledgeOthers, or with what=subject"},
	dsr.ReasonHeld:                {"a hold keeps it", "`dsr hold list`; when it is released, `dsr retry`"},
	dsr.ReasonNotAsPlanned:        {"another thing has its name by now", "look at it; if it is to be deleted, `dsr retry` plans it"},
	dsr.ReasonGrownSincePlan:      {"something new was in it", "approve the plan of the next attempt, which is ordered"},
	dsr.ReasonDependencyFailed:    {"something that it depends on failed", "remove that cause, " + again},
	dsr.ReasonNotApproved:         {"nobody approved the plan before the deadline", "send the request under a new id"},
	dsr.ReasonUnconfirmed:         {"it was still there, or came back", "`dsr retry`"},
	dsr.ReasonChanged:             {"a record is not what was written", "find out who may write to the container of the evidence"},
	dsr.ReasonSoftDeleted:         {"it is gone, and the service may still keep it", "look at \"Recently deleted\" in the portal, and purge it there"},
	dsr.ReasonLocked:              {"a lock of Azure forbids to delete it", "remove the lock, " + again},
	dsr.ReasonDenyAssignment:      {"a deny assignment forbids it", "change what made the assignment, " + again},
	dsr.ReasonDisallowedByPolicy:  {"an Azure policy forbids it", "exempt the resource, " + again},
	dsr.ReasonPrivateNetwork:      {"the workspace can be reached only from inside of its network", "give the function app access to that network (a private endpoint or its virtual network), " + again},
	dsr.ReasonRecordTooLong:       {"a record would be longer than any process reads", "report it"},
	dsr.ReasonSubjectMissing:      {"subject.json is gone, so nobody knows whose things are meant", "restore it from soft delete, versions or a download"},
}

// reasonOf returns what a failure means. Some reasons mean more on some rows.
func reasonOf(f dsr.Failure) explanation {
	machineLearning := strings.HasPrefix(f.Endpoint, "W")
	deletes := strings.HasPrefix(f.Endpoint, "D")
	switch {
	case f.Reason == dsr.ReasonTargetNotFound && (f.Endpoint == "W03" || f.Endpoint == "W65"):
		return explanation{"there is no such workspace or registry, or it was deleted softly", "check the names; look at \"Recently deleted\" in the portal"}
	case f.Reason == dsr.ReasonTargetNotFound && machineLearning:
		return explanation{"this workspace has no such list, or was deleted meanwhile", "leave the type out with resourceTypes"}
	case f.Reason == dsr.ReasonTransient && deletes:
		return explanation{"Azure refused to the end, or it was still there", "`dsr retry`"}
	}

	if why, ok := explanations[f.Reason]; ok {
		return why
	}
	return explanation{meaning: "it failed"}
}
