targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('Name of the azd environment. The names of all resources follow from it.')
param environmentName string

@minLength(1)
@description('Region of all resources. It must offer Flex Consumption: az functionapp list-flexconsumption-locations.')
param location string

@description('Object id of whoever deploys. azd fills it in.')
param principalId string = ''

@allowed([
  'User'
  'ServicePrincipal'
])
@description('What principalId is.')
param principalType string = 'User'

@description('Whether principalId gets the rights of an operator: to look, to submit, to cancel and to handle dead letters. It never gets the right to approve.')
param grantOperator bool = true

@minLength(1)
@description('Where requests may look: ids of resource groups or subscriptions, parted by commas. The worker is granted the reading role on each.')
param allowedScopes string

@description('Whether requests that delete are let in. The worker is then granted the deleting role on each allowed scope.')
param deletesEnabled bool = false

@description('Whether a second person must approve what a request is to delete.')
param requireApproval bool = true

@minValue(1)
@maxValue(36500)
@description('Days after its closing for which an attempt\'s documents are kept.')
param exportRetentionDays int = 30

@minValue(1)
@maxValue(365)
@description('Days for which a copy for a person can be fetched.')
param deliveryDays int = 7

@minValue(0)
@maxValue(146000)
@description('Days for which a blob of evidence can neither be changed nor removed. 0 sets no such policy. The policy is left unlocked: locking it can\'t be taken back, and is a person\'s decision.')
param evidenceImmutabilityDays int = 0

@description('Six-field NCRONTAB schedule of dsr_watch. The alert that it does not run expects a run an hour at least.')
param watchSchedule string = '0 */15 * * * *'

@description('Six-field NCRONTAB schedule of bulk_export.')
param bulkExportSchedule string = '0 0 2 * * *'

@description('What bulk_export asks for: ids of resource groups, parted by commas. Each run exports everybody\'s data in all their workspaces. Empty switches the function off.')
param bulkExportScopes string = ''

@description('Identifier of an EC key (P-256) in Key Vault that signs manifests. Empty leaves them unsigned. The worker\'s identity needs get and sign on it.')
param evidenceKeyId string = ''

@description('Whether storage and queues can be reached from a virtual network only. This needs the Premium tier of Service Bus.')
param networkIsolation bool = false

@description('Address space of the virtual network, a /16.')
param networkAddressPrefix string = '10.90.0.0/16'

@allowed([
  512
  2048
  4096
])
@description('Memory of an instance in MB.')
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Most instances of a function. Older texts of Microsoft name 40 as the least. All of them call the same Azure ML.')
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(20)
@description('Instances of dsr_export and of dsr_close that are always ready. They cost money and save cold starts.')
param alwaysReadyInstances int = 0

@description('Version of the runtime "custom", as az functionapp list-flexconsumption-runtimes shows it for the region. The platform takes others, and the app then never starts.')
param runtimeVersion string = '1.0'

@allowed([
  'ApplicationInsights'
  'OpenTelemetry'
])
@description('What the Functions host sends to Application Insights: its own telemetry, or that of OpenTelemetry. With the latter the worker sends its traces and metrics there, too.')
param telemetryMode string = 'ApplicationInsights'

@description('Share of traces that the worker records, from 0 to 1. A call of Azure ML is a span.')
param tracesSampled string = '1'

@description('Collector that host and worker send to by OTLP over HTTP, without the path. Empty sends nothing by it.')
param otlpEndpoint string = ''

@description('E-mail address that alerts go to. Empty leaves alerts to the portal.')
param alertEmail string = ''

@description('Scopes by name, as DSR_SCOPES has them, so that senders need no ids: docs/configuration.md. Written in main.parameters.json.')
param namedScopes object = {}

@description('Further app settings by name, as docs/configuration.md has them. They go before those that the template makes. Written in main.parameters.json; a secret is a reference to Key Vault.')
param appSettings object = {}

@description('Client id of the app registration that signs callers in. Empty leaves authentication off: the API then refuses everybody.')
param authClientId string = ''

var abbrs = loadJsonContent('./abbreviations.json')
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}
var scopes = map(split(replace(allowedScopes, ' ', ''), ','), id => toLower(id))
var groupScopes = filter(scopes, id => length(split(id, '/')) == 5)
var subscriptionScopes = filter(scopes, id => length(split(id, '/')) == 3)
var assignableScopes = union([subscription().id], map(scopes, id => '/subscriptions/${split(id, '/')[2]}'))

resource group 'Microsoft.Resources/resourceGroups@2021-04-01' = {
  name: '${abbrs.resourcesResourceGroups}${environmentName}'
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: '${abbrs.managedIdentityUserAssignedIdentities}dsr-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'app/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: '${abbrs.operationalInsightsWorkspaces}${token}'
    insightsName: '${abbrs.insightsComponents}${token}'
    location: location
    tags: tags
  }
}

module network 'app/network.bicep' = if (networkIsolation) {
  name: 'network'
  scope: group
  params: {
    name: '${abbrs.networkVirtualNetworks}${token}'
    location: location
    tags: tags
    addressPrefix: networkAddressPrefix
  }
}

module storage 'app/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: '${abbrs.storageStorageAccounts}dsr${token}'
    hostName: '${abbrs.storageStorageAccounts}host${token}'
    location: location
    tags: tags
    evidenceImmutabilityDays: evidenceImmutabilityDays
    networkIsolation: networkIsolation
  }
}

module queues 'app/queues.bicep' = {
  name: 'queues'
  scope: group
  params: {
    name: '${abbrs.serviceBusNamespaces}${token}'
    location: location
    tags: tags
    networkIsolation: networkIsolation
  }
}

module endpoints 'app/endpoints.bicep' = if (networkIsolation) {
  name: 'endpoints'
  scope: group
  params: {
    prefix: abbrs.networkPrivateEndpoints
    location: location
    tags: tags
    networkName: '${abbrs.networkVirtualNetworks}${token}'
    storageName: storage.outputs.name
    hostName: storage.outputs.hostName
    namespaceName: queues.outputs.name
  }
  dependsOn: [
    network
  ]
}

module roles 'app/roles.bicep' = {
  name: 'dsr-roles-${token}'
  params: {
    suffix: environmentName
    assignableScopes: assignableScopes
  }
}

module workerGrants 'app/worker-grants.bicep' = {
  name: 'worker-grants'
  scope: group
  params: {
    principalId: identity.outputs.principalId
    namespaceName: queues.outputs.name
    storageName: storage.outputs.name
    hostName: storage.outputs.hostName
    insightsName: monitoring.outputs.insightsName
    queueReader: roles.outputs.queueReader
    messageReceiver: roles.outputs.messageReceiver
    messageSender: roles.outputs.messageSender
    blobWorker: roles.outputs.blobWorker
    evidenceWriter: roles.outputs.evidenceWriter
  }
}

module operatorGrants 'app/operator-grants.bicep' = if (grantOperator && !empty(principalId)) {
  name: 'operator-grants'
  scope: group
  params: {
    principalId: principalId
    principalType: principalType
    namespaceName: queues.outputs.name
    storageName: storage.outputs.name
    messageReceiver: roles.outputs.messageReceiver
    messageSender: roles.outputs.messageSender
    blobWorker: roles.outputs.blobWorker
    evidenceWriter: roles.outputs.evidenceWriter
  }
}

module groupGrants 'app/group-grants.bicep' = [for id in groupScopes: {
  name: 'dsr-grants-${uniqueString(id, token)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    principalId: identity.outputs.principalId
    reader: roles.outputs.mlReader
    deleter: roles.outputs.mlDeleter
    deletesEnabled: deletesEnabled
  }
}]

module subscriptionGrants 'app/subscription-grants.bicep' = [for id in subscriptionScopes: {
  name: 'dsr-grants-${uniqueString(id, token)}'
  scope: subscription(split(id, '/')[2])
  params: {
    principalId: identity.outputs.principalId
    reader: roles.outputs.mlReader
    deleter: roles.outputs.mlDeleter
    deletesEnabled: deletesEnabled
  }
}]

module worker 'app/worker.bicep' = {
  name: 'worker'
  scope: group
  params: {
    name: '${abbrs.webSitesFunctions}${token}'
    planName: '${abbrs.webServerFarms}${token}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    clientId: identity.outputs.clientId
    storageUri: storage.outputs.uri
    hostName: storage.outputs.hostName
    packageUri: storage.outputs.packageUri
    namespaceHost: queues.outputs.host
    insightsName: monitoring.outputs.insightsName
    networkName: networkIsolation ? '${abbrs.networkVirtualNetworks}${token}' : ''
    runtimeVersion: runtimeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    allowedScopes: scopes
    deletesEnabled: deletesEnabled
    requireApproval: requireApproval
    exportRetentionDays: exportRetentionDays
    deliveryDays: deliveryDays
    watchSchedule: watchSchedule
    bulkExportSchedule: bulkExportSchedule
    bulkExportScopes: bulkExportScopes
    evidenceKeyId: evidenceKeyId
    telemetryMode: telemetryMode
    tracesSampled: tracesSampled
    otlpEndpoint: otlpEndpoint
    namedScopes: namedScopes
    appSettings: appSettings
  }
  dependsOn: [
    endpoints
    workerGrants
  ]
}

module auth 'app/auth.bicep' = if (!empty(authClientId)) {
  name: 'auth'
  scope: group
  params: {
    siteName: worker.outputs.name
    clientId: authClientId
  }
}

module alerts 'app/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    groupName: '${abbrs.insightsActionGroups}dsr-${token}'
    location: location
    tags: tags
    email: alertEmail
    namespaceName: queues.outputs.name
    workspaceId: monitoring.outputs.workspaceId
  }
}

module workbook 'app/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output SERVICE_WORKER_NAME string = worker.outputs.name
output WORKER_PRINCIPAL_ID string = identity.outputs.principalId
output ServiceBusConnection__fullyQualifiedNamespace string = queues.outputs.host
output ExportStorage__blobServiceUri string = storage.outputs.uri
