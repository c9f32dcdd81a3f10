package api

import (
	"context"
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
)

// requestNote is what a status says of the request itself. It names nobody but by ids, and
// who has signed in to ask.
type requestNote struct {
	SubmittedAt   time.Time    `json:"submittedAt"`
	SubmittedBy   string       `json:"submittedBy"`
	ReceivedAt    time.Time    `json:"receivedAt"`
	Subject       *dsr.Subject `json:"subject"` // null: everybody
	What          string       `json:"what"`
	DryRun        bool         `json:"dryRun"`
	ResourceTypes []string     `json:"resourceTypes"` // empty: all
	Source        string       `json:"source"`
	Regulation    string       `json:"regulation"`
}

// getRequest answers with the status of one request.
func (s *server) getRequest(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	body, err := s.status(r.Context(), id)
	if err != nil {
		return err
	}
	return s.answerStatus(w, http.StatusOK, body, s.Now())
}

// status reads the status of a request.
func (s *server) status(ctx context.Context, id string) (statusBody, error) {
	status, err := s.Operator.Status(ctx, id)
	if err != nil {
		return statusBody{}, err
	}
	record, found, err := s.Operator.Request(ctx, id)
	if err != nil {
		return statusBody{}, err
	}

	body := newStatusBody(status)
	if found {
		body.Request = noteOf(record)
	}
	return body, nil
}

func noteOf(r dsr.RequestRecord) *requestNote {
	note := &requestNote{
		SubmittedAt:   r.SubmittedAt,
		SubmittedBy:   r.SubmittedBy,
		ReceivedAt:    r.ReceivedAt,
		Subject:       r.Subject,
		What:          r.What,
		DryRun:        r.DryRun,
		ResourceTypes: append([]string{}, r.ResourceTypes...),
		Source:        r.Source,
		Regulation:    r.Regulation,
	}
	if note.What == "" {
		note.What = dsr.WhatAll
	}
	return note
}
