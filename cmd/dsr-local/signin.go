package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"azureml-dsr/test/appstack"
	"azureml-dsr/test/emulator/stack"
)

// signInTime bounds the asking for a one-time code.
const signInTime = 30 * time.Second

// apiAddress returns the base address of the API of a stack.
func apiAddress(s *stack.Stack) string { return s.Hosts()[0].URL() + "/api" }

// signInAddresses returns the addresses by which the two local people sign in, each once.
func signInAddresses(ctx context.Context, s *stack.Stack) (addresses []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()

	for person := 1; person <= 2; person++ {
		address, err := signInAddress(ctx, s, person)
		if err != nil {
			return nil, fmt.Errorf("asking the API for a one-time code: %w", err)
		}
		addresses = append(addresses, address)
	}

	return addresses, nil
}

func signInAddress(ctx context.Context, s *stack.Stack, person int) (address string, err error) {
	body, err := json.Marshal(map[string]int{"person": person})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiAddress(s)+"/session/codes", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+appstack.Settings(s)["DSR_API_TOKEN"])
	req.Header.Set("Content-Type", "application/json")

	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()

	var answer struct{ Address string }
	if resp.StatusCode != http.StatusCreated {
		return "", errors.New(resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("reading the code: %w", err)
	}

	return answer.Address, nil
}
