package fakeml

import "fmt"

// others is how many users there are besides the data subject.
const others = 97

// user returns who created a run.
func (a *Account) user(at place) (objectID, name string) {
	return a.person(at.run, a.number(at.parts(ofUser)...))
}

// person returns the owner of something by its index among its like: the data subject
// for every third, from the first, else the other user whom a number chooses.
func (a *Account) person(index int, number uint64) (objectID, name string) {
	if index%3 == 0 {
		return a.subject(), "Dana Übersdottir 丹娜"
	}
	n := number % others
	return a.guid(ofUser, n+1), fmt.Sprintf("User %02d", n)
}

// ownerTags name the owner of an item. Only tags that people set do so: the published
// descriptions of these documents have no member for it.
func (a *Account) ownerTags(layout int, domain uint64, at place) string {
	id, name := a.person(at.item, a.number(append(at.parts(domain), ofUser)...))
	return object(layout, field{"owner", text(name)}, field{"ownerObjectId", text(id)})
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
