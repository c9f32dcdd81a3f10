package fakeml

import "time"

// systemData says on ARM who made a thing and when. Of jobs and assets it has a
// person's display name, and of every fourth, from the fourth, the user principal
// name.
func (a *Account) systemData(p Person, index int, created time.Time) string {
	name := p.Name
	if index%4 == 3 && p.UPN != "" {
		name = p.UPN
	}
	return systemDataOf(name, p.Type, index, created)
}

// systemDataByUPN is that of a workspace or registry.
func (a *Account) systemDataByUPN(p Person, index int, created time.Time) string {
	name := p.UPN
	if name == "" {
		name = p.Name
	}
	return systemDataOf(name, p.Type, index, created)
}

func systemDataOf(name, kind string, layout int, created time.Time) string {
	return object(layout,
		field{"createdBy", text(name)},
		field{"createdByType", text(kind)},
		field{"createdAt", stamp(created)},
		field{"lastModifiedBy", text(name)},
		field{"lastModifiedByType", text(kind)},
		field{"lastModifiedAt", stamp(created.Add(2 * time.Minute))},
	)
}
