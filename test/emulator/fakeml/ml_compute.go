package fakeml

// computeProperties are those of a compute: every second one is somebody's compute
// instance; the others are by turns a compute cluster and an attached virtual
// machine, Databricks workspace and Kubernetes service. Each has its secrets.
func (s *Server) computeProperties(at place) []field {
	a := &s.account
	kind, own := a.mlComputeKind(at)
	created := s.created("mlCompute", at, at.item)
	return []field{
		{"computeType", text(kind)},
		{"computeLocation", text(a.Location)},
		{"description", "null"},
		{"provisioningState", text("Succeeded")},
		{"createdOn", stamp(created)},
		{"modifiedOn", stamp(created)},
		{"resourceId", "null"},
		{"provisioningErrors", "null"},
		{"isAttachedCompute", boolean(isAttached(at))},
		{"disableLocalAuth", "false"},
		{"properties", own},
	}
}

// isAttached reports whether a compute stands outside the workspace, which can
// only detach it.
func isAttached(at place) bool { return at.item%2 == 1 && at.item%8 != 1 }

func (a *Account) mlComputeKind(at place) (kind, properties string) {
	secret := func(n uint64) string { return text(a.secret(at, hashText("mlCompute"), n)) }
	switch at.item % 8 {
	case 1:
		return "AmlCompute", object(1, field{"vmSize", text("STANDARD_D2")}, field{"allocationState", text("Steady")},
			field{"userAccountCredentials", object(0, field{"adminUserName", text("azureuser")}, field{"adminUserPassword", secret(0)}, field{"adminUserSshPublicKey", text("ssh-rsa AAAA dana")})})
	case 3:
		return "VirtualMachine", object(2, field{"address", text("10.0.0.4")}, field{"sshPort", "22"},
			field{"administratorAccount", object(0, field{"username", text("dana")}, field{"password", secret(0)}, field{"publicKeyData", "null"}, field{"privateKeyData", secret(1)})})
	case 5:
		return "Databricks", object(3, field{"databricksAccessToken", secret(0)}, field{"workspaceUrl", text("https://adb-1.azuredatabricks.net")})
	case 7:
		return "AKS", object(0, field{"agentCount", "3"},
			field{"sslConfiguration", object(0, field{"status", text("Enabled")}, field{"cert", secret(0)}, field{"key", secret(1)}, field{"cname", text("scoring.example.com")})})
	}
	return "ComputeInstance", a.computeInstance(at, secret(0))
}

// computeInstance is the desktop in the cloud of one person.
func (a *Account) computeInstance(at place, secret string) string {
	owner := a.computeOwner(at)
	return object(at.item,
		field{"vmSize", text("STANDARD_DS3_V2")},
		field{"state", text("Running")},
		field{"applicationSharingPolicy", text("Personal")},
		field{"computeInstanceAuthorizationType", text("personal")},
		field{"personalComputeInstanceSettings", object(1, field{"assignedUser", object(0, field{"objectId", text(owner.ObjectID)}, field{"tenantId", text(owner.TenantID)})})},
		field{"createdBy", object(0, field{"userName", text(owner.Name)}, field{"userOrgId", text(owner.TenantID)}, field{"userId", text(owner.ObjectID)})},
		field{"sshSettings", object(2, field{"sshPublicAccess", text("Enabled")}, field{"adminUserName", text("azureuser")}, field{"sshPort", "50000"}, field{"adminPublicKey", "null"})},
		field{"connectivityEndpoints", object(0, field{"publicIpAddress", text("203.0.113.7")}, field{"privateIpAddress", text("10.0.0.5")})},
		field{"customServices", "[" + object(1, field{"name", text("rstudio")}, field{"environmentVariables", object(0, field{"PASSWORD", object(0, field{"type", text("local")}, field{"value", secret})})}) + "]"},
		field{"dataMounts", "[" + object(0, field{"source", text("workspacefilestore")}, field{"createdBy", text(owner.Name)}) + "]"},
		field{"setupScripts", object(1, field{"scripts", object(0, field{"creationScript", object(0, field{"scriptSource", text("inline")}, field{"scriptData", text("ZWNobyBkYW5h")})})})},
		field{"errors", "[]"},
	)
}
