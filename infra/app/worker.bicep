// The function app on Flex Consumption, and its settings.
param name string
param planName string
param location string
param tags object
param identityId string
param clientId string
param storageUri string
param hostName string
param packageUri string
param namespaceHost string
param insightsName string
param networkName string
param runtimeVersion string
param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReadyInstances int
param allowedScopes array
param deletesEnabled bool
param requireApproval bool
param exportRetentionDays int
param deliveryDays int
param watchSchedule string
param bulkExportSchedule string
param bulkExportScopes string
param evidenceKeyId string
param telemetryMode string
param tracesSampled string
param otlpEndpoint string
param namedScopes object
param appSettings object

var alwaysReady = [
  {
    name: 'function:dsr_export'
    instanceCount: alwaysReadyInstances
  }
  {
    name: 'function:dsr_close'
    instanceCount: alwaysReadyInstances
  }
]
var recorded = empty(otlpEndpoint) ? telemetryMode == 'OpenTelemetry' : true
var bulkIds = empty(bulkExportScopes) ? [] : split(replace(bulkExportScopes, ' ', ''), ',')
var bulkScopes = map(bulkIds, id => {
  subscriptionId: split(id, '/')[2]
  resourceGroup: split(id, '/')[4]
  machineLearningWorkspaces: [
    '*'
  ]
})

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, {
    'azd-service-name': 'worker'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(networkName) ? null : resourceId('Microsoft.Network/virtualNetworks/subnets', networkName, 'worker')
    vnetRouteAllEnabled: !empty(networkName)
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
    functionAppConfig: {
      runtime: {
        name: 'custom'
        version: runtimeVersion
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances > 0 ? alwaysReady : []
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'appsettings'
  properties: union({
    AzureWebJobsStorage__accountName: hostName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: clientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
    ServiceBusConnection__fullyQualifiedNamespace: namespaceHost
    ServiceBusConnection__credential: 'managedidentity'
    ServiceBusConnection__clientId: clientId
    ExportStorage__blobServiceUri: storageUri
    ExportStorage__credential: 'managedidentity'
    ExportStorage__clientId: clientId
    EXPORT_CONTAINER: 'dsr-exports'
    AUDIT_CONTAINER: 'dsr-audit'
    INDEX_CONTAINER: 'dsr-index'
    DSR_ALLOWED_SCOPES: string(allowedScopes)
    DSR_TENANT_ID: tenant().tenantId
    DELETES_ENABLED: string(deletesEnabled)
    REQUIRE_APPROVAL: string(requireApproval)
    EXPORT_RETENTION_DAYS: string(exportRetentionDays)
    DELIVERY_DAYS: string(deliveryDays)
    WATCH_SCHEDULE: watchSchedule
    BULK_EXPORT_SCHEDULE: bulkExportSchedule
    'AzureWebJobs.bulk_export.Disabled': string(empty(bulkIds))
  }, empty(bulkIds) ? {} : {
    BULK_EXPORT_SCOPES: string(bulkScopes)
  }, empty(evidenceKeyId) ? {} : {
    EVIDENCE_KEY: evidenceKeyId
  }, telemetryMode == 'OpenTelemetry' ? {
    AzureFunctionsJobHost__telemetryMode: telemetryMode
  } : {}, empty(otlpEndpoint) ? {} : {
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf'
  }, recorded ? {
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio'
    OTEL_TRACES_SAMPLER_ARG: tracesSampled
  } : {}, empty(namedScopes) ? {} : {
    DSR_SCOPES: string(namedScopes)
  }, appSettings)
}

output name string = site.name
