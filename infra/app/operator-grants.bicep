// What an operator who acts may do: look, submit, cancel and handle dead letters. Who
// approves deletions must be somebody else, and is granted by hand.
param principalId string
param principalType string
param namespaceName string
param storageName string
param messageReceiver string
param messageSender string
param blobWorker string
param evidenceWriter string

var queues = filter(map(loadJsonContent('../../deploy/servicebus.config.json').UserConfig.Namespaces[0].Queues, item => item.Name), name => name != 'dsr-approvals')

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for item in queues: {
  parent: bus
  name: item
}]

resource exports 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' existing = {
  name: '${storageName}/default/dsr-exports'
}

resource audit 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' existing = {
  name: '${storageName}/default/dsr-audit'
}

resource index 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' existing = {
  name: '${storageName}/default/dsr-index'
}

resource receives 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (item, i) in queues: {
  name: guid(bus.id, item, principalId, messageReceiver)
  scope: queue[i]
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', messageReceiver)
  }
}]

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (item, i) in queues: {
  name: guid(bus.id, item, principalId, messageSender)
  scope: queue[i]
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', messageSender)
  }
}]

resource keepsDocuments 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(exports.id, principalId, blobWorker)
  scope: exports
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobWorker)
  }
}

resource writesEvidence 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(audit.id, principalId, evidenceWriter)
  scope: audit
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', evidenceWriter)
  }
}

resource keepsIndex 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(index.id, principalId, blobWorker)
  scope: index
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobWorker)
  }
}
