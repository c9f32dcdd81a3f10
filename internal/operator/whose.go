package operator

import "azureml-dsr/internal/dsr"

// Whose documents an export has.
const (
	WhoseEverybody = "everybody" // all in the scope, also where the request names a person
	WhoseSubject   = "subject"   // those that are the subject's, hang on them, or name the subject
)

// whoseOf returns whose documents a request keeps, "" where it keeps none.
func whoseOf(r dsr.Request) string {
	switch {
	case !exports(r.Kind):
		return ""
	case r.Kind == dsr.KindExport && r.What == dsr.WhatSubject:
		return WhoseSubject
	default:
		return WhoseEverybody
	}
}

// Whose returns whose documents the request will keep, "" where it keeps none.
func (s Submission) Whose() string { return whoseOf(s.request.Request) }

// WhoseWords says what it means whose documents an export has, while nobody has counted them.
func WhoseWords(whose string) string {
	if whose == WhoseSubject {
		return "the export keeps what is the subject's or names the subject, and counts what it leaves out"
	}
	return "the export is of everybody in its scope; once it is closed, `dsr status` counts the documents that name the subject"
}
