// The custom roles, one file each. The names of roles are unique in a directory, so each
// has the environment's name behind it.
targetScope = 'subscription'

param suffix string
param assignableScopes array

var definitions = [
  loadJsonContent('../roles/queue-reader.json')
  loadJsonContent('../roles/message-receiver.json')
  loadJsonContent('../roles/message-sender.json')
  loadJsonContent('../roles/blob-worker.json')
  loadJsonContent('../roles/evidence-writer.json')
  loadJsonContent('../roles/ml-reader.json')
  loadJsonContent('../roles/ml-deleter.json')
]

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [for item in definitions: {
  name: guid(subscription().id, suffix, item.name)
  properties: {
    roleName: '${item.name} (${suffix})'
    description: item.description
    type: 'CustomRole'
    permissions: [
      {
        actions: item.actions
        notActions: item.notActions
        dataActions: item.dataActions
        notDataActions: item.notDataActions
      }
    ]
    assignableScopes: assignableScopes
  }
}]

output queueReader string = guid(subscription().id, suffix, definitions[0].name)
output messageReceiver string = guid(subscription().id, suffix, definitions[1].name)
output messageSender string = guid(subscription().id, suffix, definitions[2].name)
output blobWorker string = guid(subscription().id, suffix, definitions[3].name)
output evidenceWriter string = guid(subscription().id, suffix, definitions[4].name)
output mlReader string = guid(subscription().id, suffix, definitions[5].name)
output mlDeleter string = guid(subscription().id, suffix, definitions[6].name)
