// What the worker may do with Azure ML in a subscription.
targetScope = 'subscription'

param principalId string
param reader string
param deleter string
param deletesEnabled bool

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, reader)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', reader)
  }
}

resource deletes 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (deletesEnabled) {
  name: guid(subscription().id, principalId, deleter)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', deleter)
  }
}
