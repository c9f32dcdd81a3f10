// The queues, with the properties that the tests' broker and Microsoft's emulator read too.
param name string
param location string
param tags object
param networkIsolation bool

var queues = loadJsonContent('../../deploy/servicebus.config.json').UserConfig.Namespaces[0].Queues
var tier = networkIsolation ? 'Premium' : 'Standard'

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: tier
    tier: tier
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
  }
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for item in queues: {
  parent: bus
  name: item.Name
  properties: {
    lockDuration: item.Properties.LockDuration
    maxDeliveryCount: item.Properties.MaxDeliveryCount
    defaultMessageTimeToLive: item.Properties.DefaultMessageTimeToLive
    deadLetteringOnMessageExpiration: item.Properties.DeadLetteringOnMessageExpiration
    requiresDuplicateDetection: item.Properties.RequiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: item.Properties.?DuplicateDetectionHistoryTimeWindow
    requiresSession: item.Properties.RequiresSession
  }
}]

output name string = bus.name
output host string = '${name}.servicebus.windows.net'
