// Package azureml reads Azure Machine Learning's REST APIs, and deletes by them.
// Its centre is the catalogue, one table with a row for each call, and beside it
// the table of deletions; the client does what a row says, sends the token only
// to the origin that settings and target give, and turns every failure into a
// [dsr.Error] once.
package azureml
