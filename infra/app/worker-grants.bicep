// What the worker and its host may do with queues, blobs and logs.
param principalId string
param namespaceName string
param storageName string
param hostName string
param insightsName string
param queueReader string
param messageReceiver string
param messageSender string
param blobWorker string
param evidenceWriter string

// Nobody approves for others, so the worker can't send to dsr-approvals.
var received = map(loadJsonContent('../../deploy/servicebus.config.json').UserConfig.Namespaces[0].Queues, item => item.Name)
var sent = filter(received, name => name != 'dsr-approvals')
var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName
}

resource receivedQueue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for item in received: {
  parent: bus
  name: item
}]

resource sentQueue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for item in sent: {
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

resource host 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: hostName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource readsQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(bus.id, principalId, queueReader)
  scope: bus
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueReader)
  }
}

resource receives 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (item, i) in received: {
  name: guid(bus.id, item, principalId, messageReceiver)
  scope: receivedQueue[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', messageReceiver)
  }
}]

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (item, i) in sent: {
  name: guid(bus.id, item, principalId, messageSender)
  scope: sentQueue[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', messageSender)
  }
}]

resource keepsDocuments 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(exports.id, principalId, blobWorker)
  scope: exports
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobWorker)
  }
}

resource writesEvidence 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(audit.id, principalId, evidenceWriter)
  scope: audit
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', evidenceWriter)
  }
}

resource keepsIndex 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(index.id, principalId, blobWorker)
  scope: index
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobWorker)
  }
}

resource runsHost 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(host.id, principalId, blobDataOwner)
  scope: host
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataOwner)
  }
}

resource writesLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}
