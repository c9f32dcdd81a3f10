// Package azureml reads from Azure Machine Learning's REST APIs, and deletes there.
// Its centre is the catalogue, a table with a row for each [Operation], and beside it
// the table of each [DeleteOperation]. The [Client] makes the URL of a call from a row
// and a target, and reads the answer. Package upstream sends the call.
package azureml
