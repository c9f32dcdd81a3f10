// Package azureml reads Azure Machine Learning's REST APIs, and deletes by them.
// Its centre is the catalogue, a table with a row for each [Operation], and beside
// it the table of each [DeleteOperation]. The [Client] makes of a row and a target
// the URL that is called, and reads what comes back. How a call is sent is
// internal/upstream's.
package azureml
