// One account for documents, evidence and the index, and another one for the Functions
// host, so that the host's broad rights don't reach the documents.
param name string
param hostName string
param location string
param tags object
param evidenceImmutabilityDays int
param networkIsolation bool

var packages = 'packages'
var containers = [
  'dsr-exports'
  'dsr-audit'
  'dsr-index'
]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    isHnsEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
  }
}

// Soft delete and versions would keep copies of documents that were removed.
resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: false
    deleteRetentionPolicy: {
      enabled: false
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [for item in containers: {
  parent: blobs
  name: item
}]

resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = if (evidenceImmutabilityDays > 0) {
  name: '${name}/default/dsr-audit/default'
  properties: {
    immutabilityPeriodSinceCreationInDays: evidenceImmutabilityDays
    allowProtectedAppendWrites: false
  }
  dependsOn: [
    container
  ]
}

resource host 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: hostName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
  }
}

resource hostBlobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: host
  name: 'default'
}

resource package 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: hostBlobs
  name: packages
}

output name string = account.name
output hostName string = host.name
output uri string = 'https://${name}.blob.${environment().suffixes.storage}'
output packageUri string = 'https://${hostName}.blob.${environment().suffixes.storage}/${packages}'
