// What somebody must hear of: refused messages, deadlines, failures and a watch that does
// not run. The queries are files of their own, and the workbook shows the same.
param groupName string
param location string
param tags object
param email string
param namespaceName string
param workspaceId string

var rules = [
  {
    name: 'dsr-late'
    description: 'An open request is past its deadline.'
    severity: 0
    query: loadTextContent('../alerts/late.kql')
    every: 'PT1H'
    window: 'PT2H'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'dsr-due-soon'
    description: 'An open request is due within a week.'
    severity: 2
    query: loadTextContent('../alerts/due-soon.kql')
    every: 'PT6H'
    window: 'PT6H'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'dsr-failed-requests'
    description: 'A request was closed though something failed. Its failures have their reasons: dsr status ID.'
    severity: 1
    query: loadTextContent('../alerts/failed-requests.kql')
    every: 'PT15M'
    window: 'PT30M'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'dsr-needs-approval'
    description: 'A deletion plan waits for its approval: dsr approve ID.'
    severity: 2
    query: loadTextContent('../alerts/needs-approval.kql')
    every: 'PT15M'
    window: 'PT30M'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'dsr-worker-errors'
    description: 'The worker logs errors: wrong settings, or invocations that it could not answer.'
    severity: 1
    query: loadTextContent('../alerts/worker-errors.kql')
    every: 'PT15M'
    window: 'PT30M'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'dsr-watch-not-run'
    description: 'dsr_watch has not run for an hour: the app does not run, or its logs do not arrive.'
    severity: 1
    query: loadTextContent('../alerts/watch.kql')
    every: 'PT15M'
    window: 'PT1H'
    operator: 'LessThan'
    threshold: 1
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: groupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'dsr'
    enabled: true
    emailReceivers: empty(email) ? [] : [
      {
        name: 'operators'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName
}

// Dead letters of these queues need a person. The worker handles those of the others.
resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'dsr-dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'A request or an approval was refused, a callback could not be made, or a copy for a person: dsr dlq list.'
    severity: 1
    enabled: true
    scopes: [
      bus.id
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'refused'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [
            {
              name: 'EntityName'
              operator: 'Include'
              values: [
                'dsr-requests'
                'dsr-approvals'
                'dsr-callbacks'
                'dsr-copies'
              ]
            }
          ]
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Maximum'
        }
      ]
    }
    actions: [
      {
        actionGroupId: group.id
      }
    ]
  }
}

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for item in rules: {
  name: item.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: item.name
    description: item.description
    severity: item.severity
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: item.every
    windowSize: item.window
    criteria: {
      allOf: [
        {
          query: item.query
          timeAggregation: 'Count'
          operator: item.operator
          threshold: item.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    // The table is there once the first line was logged.
    skipQueryValidation: true
    actions: {
      actionGroups: [
        group.id
      ]
    }
  }
}]
