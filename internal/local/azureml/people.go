package azureml

import "fmt"

// others is how many users besides the data subject have created runs.
const others = 97

// user returns who created a run: the data subject for every third, from the
// first, else one of the others.
func (a *Account) user(at place) (objectID, name string) {
	if at.run%3 == 0 {
		return a.subject(), "Dana Übersdottir 丹娜"
	}
	n := a.number(at.parts(ofUser)...) % others
	return a.guid(ofUser, n+1), fmt.Sprintf("User %02d", n)
}

func (a *Account) subject() string {
	if a.SubjectObjectID != "" {
		return a.SubjectObjectID
	}
	return a.guid(ofUser, 0)
}

// createdBy has the members of the published CreatedBy.
func (a *Account) createdBy(at place) string {
	id, name := a.user(at)
	return object(at.run+1,
		field{"userObjectId", text(id)},
		field{"userTenantId", text(a.guid(ofUser, others+1))},
		field{"userName", text(name)},
	)
}
