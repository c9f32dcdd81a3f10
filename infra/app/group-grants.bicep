// What the worker may do with Azure ML in a resource group.
param principalId string
param reader string
param deleter string
param deletesEnabled bool

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, reader)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', reader)
  }
}

resource deletes 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (deletesEnabled) {
  name: guid(resourceGroup().id, principalId, deleter)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', deleter)
  }
}
