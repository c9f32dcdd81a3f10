// A workbook that shows what the alerts look at.
param location string
param tags object
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'dsr-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Data subject requests'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: string(loadJsonContent('../workbook.json'))
  }
}
