// Private endpoints of storage and queues, with the private DNS zones that name them.
param prefix string
param location string
param tags object
param networkName string
param storageName string
param hostName string
param namespaceName string

var blobZone = 'privatelink.blob.${environment().suffixes.storage}'
var busZone = 'privatelink.servicebus.windows.net'
var zones = [
  blobZone
  busZone
]
var targets = [
  {
    name: 'documents'
    id: resourceId('Microsoft.Storage/storageAccounts', storageName)
    kind: 'blob'
    zone: blobZone
  }
  {
    name: 'host'
    id: resourceId('Microsoft.Storage/storageAccounts', hostName)
    kind: 'blob'
    zone: blobZone
  }
  {
    name: 'queues'
    id: resourceId('Microsoft.ServiceBus/namespaces', namespaceName)
    kind: 'namespace'
    zone: busZone
  }
]

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = [for item in zones: {
  name: item
  location: 'global'
  tags: tags
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [for item in zones: {
  name: '${item}/${networkName}'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: resourceId('Microsoft.Network/virtualNetworks', networkName)
    }
  }
  dependsOn: [
    zone
  ]
}]

resource endpoint 'Microsoft.Network/privateEndpoints@2023-11-01' = [for item in targets: {
  name: '${prefix}${item.name}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: resourceId('Microsoft.Network/virtualNetworks/subnets', networkName, 'endpoints')
    }
    privateLinkServiceConnections: [
      {
        name: item.name
        properties: {
          privateLinkServiceId: item.id
          groupIds: [
            item.kind
          ]
        }
      }
    ]
  }
}]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01' = [for item in targets: {
  name: '${prefix}${item.name}/default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: item.kind
        properties: {
          privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', item.zone)
        }
      }
    ]
  }
  dependsOn: [
    endpoint
    link
  ]
}]
