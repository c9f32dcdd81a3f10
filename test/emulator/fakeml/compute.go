package fakeml

// compute has the members of the published ComputeResource: by turns a virtual
// machine, a Databricks workspace, a Kubernetes service and an Azure ML compute.
// Each has a secret of its own.
func (s *Server) compute(at place) []byte {
	a := &s.account
	name := a.nameOf("compute", at)
	kind, own := a.computeKind(at)
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.groupID() + "/providers/Microsoft.MachineLearningServices/workspaces/" + a.MachineLearningName(at.ml) + "/computes/" + name)},
		{"name", text(name)},
		{"type", text("Microsoft.MachineLearningServices/workspaces/computes")},
		{"location", text(a.Location)},
		{"identity", "null"},
		{"tags", a.ownerTags(at.item+1, ofCompute, at)},
		{"properties", object(at.item+2,
			field{"computeType", text(kind)},
			field{"computeLocation", text(a.Location)},
			field{"description", "null"},
			field{"provisioningState", text("Succeeded")},
			field{"createdOn", moment(at.item)},
			field{"modifiedOn", moment(at.item + 1)},
			field{"isAttachedCompute", "true"},
			field{"provisioningErrors", "[ ]"},
			field{"properties", own},
		)},
	})...))
}

func (a *Account) computeKind(at place) (kind, properties string) {
	secret := text(a.secret(at, ofCompute))
	switch at.item % 4 {
	case 0:
		return "VirtualMachine", object(1, field{"address", text("10.0.0.4")}, field{"sshPort", "22"},
			field{"administratorAccount", object(0, field{"username", text("dana")}, field{"password", secret}, field{"publicKeyData", "null"}, field{"privateKeyData", secret})})
	case 1:
		return "Databricks", object(2, field{"databricksAccessToken", secret})
	case 2:
		return "AKS", object(3, field{"agentCount", "3"},
			field{"sslConfiguration", object(0, field{"status", text("Enabled")}, field{"cname", text("scoring.example.com")}, field{"key", secret})})
	default:
		return "AmlCompute", object(0, field{"vmSize", text("STANDARD_D2")},
			field{"userAccountCredentials", object(1, field{"adminUserName", text("dana")}, field{"adminUserPassword", secret})})
	}
}

// cluster has the members of the published OperationalizationCluster.
func (s *Server) cluster(at place) []byte {
	a := &s.account
	name := a.nameOf("cluster", at)
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.groupID() + "/providers/Microsoft.MachineLearningCompute/operationalizationClusters/" + name)},
		{"name", text(name)},
		{"type", text("Microsoft.MachineLearningCompute/operationalizationClusters")},
		{"location", text(a.Location)},
		{"tags", "{ }"},
		{"properties", object(at.item+1,
			field{"clusterType", text("ACS")},
			field{"description", text("Cluster für die Prüfung")},
			field{"createdOn", moment(at.item)},
			field{"modifiedOn", moment(at.item + 1)},
			field{"provisioningState", text("Succeeded")},
			field{"storageAccount", object(0, field{"resourceId", text(a.groupID() + "/providers/Microsoft.Storage/storageAccounts/contoso")})},
			field{"containerService", object(2, field{"orchestratorType", text("Kubernetes")},
				field{"orchestratorProperties", object(0, field{"servicePrincipal", object(0, field{"clientId", text(a.guid(ofCluster))}, field{"secret", text(a.secret(at, ofCluster))})})},
				field{"agentCount", "2"})},
			field{"globalServiceConfiguration", object(3, field{"etag", text("1")},
				field{"ssl", object(0, field{"status", text("Enabled")}, field{"key", text(a.secret(at, ofCluster, 1))})},
				field{"serviceAuth", object(0, field{"primaryAuthKeyHash", text(a.secret(at, ofCluster, 2))}, field{"secondaryAuthKeyHash", text(a.secret(at, ofCluster, 3))})})},
		)},
	})...))
}
