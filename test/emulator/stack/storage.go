package stack

import (
	"context"
	"errors"
	"fmt"

	"azureml-dsr/test/emulator/azurite"
)

// startStorage starts Azurite, and proxies when something is to stand before it.
func (s *Stack) startStorage(ctx context.Context) error {
	process, err := azurite.Start(ctx, azurite.Options{Home: s.options.AzuriteHome, Location: s.options.DataDir})
	if err != nil {
		return err
	}

	s.Azurite = process
	s.endings = append(s.endings, func() error { return s.Azurite.Stop() }) // the one that runs then
	s.storage, s.directStorage = process.ConnectionString(), process.ConnectionString()

	if s.options.BeforeStorage == nil {
		return nil
	}

	return s.startStorageProxies(ctx)
}

// startStorageProxies opens two ways to Azurite, both of which outlive its restart:
// the handlers', through what the caller put there, and the caller's own.
func (s *Stack) startStorageProxies(ctx context.Context) error {
	s.storageProxy = newMovableProxy()
	s.endings = append(s.endings, s.storageProxy.close)
	if err := s.storageProxy.leadTo(s.Azurite.Endpoint()); err != nil {
		return err
	}

	handlers, err := s.serve(ctx, s.options.BeforeStorage(s.storageProxy))
	if err != nil {
		return fmt.Errorf("starting the proxy before storage: %w", err)
	}
	own, err := s.serve(ctx, s.storageProxy)
	if err != nil {
		return fmt.Errorf("starting the proxy before storage: %w", err)
	}

	s.storage, s.directStorage = s.Azurite.ConnectionStringAt(handlers), s.Azurite.ConnectionStringAt(own)

	return nil
}

// RestartStorage stops Azurite and starts it again with the blobs that it kept. It
// needs a DataDir, or nothing is kept, and a BeforeStorage: the new process has
// another port, which only the proxies know.
func (s *Stack) RestartStorage(ctx context.Context) error {
	if s.storageProxy == nil {
		return errors.New("restarting Azurite: the handlers call it directly and would not find it again")
	}
	if err := s.Azurite.Stop(); err != nil {
		return err
	}

	process, err := azurite.Start(ctx, azurite.Options{
		Home:     s.options.AzuriteHome,
		Location: s.options.DataDir,
		Key:      s.Azurite.Key(),
	})
	if err != nil {
		return err
	}

	s.Azurite = process

	return s.storageProxy.leadTo(process.Endpoint())
}

// Storage returns the connection string that the handlers use, through what stands
// before Azurite; "" when Azurite was not started.
func (s *Stack) Storage() string { return s.storage }

// DirectStorage returns the connection string for the caller's own look at the
// blobs, past what stands before Azurite; "" when Azurite was not started. It
// stays valid over RestartStorage.
func (s *Stack) DirectStorage() string { return s.directStorage }

// BlobEndpoint is the URL of the storage account in Azurite; "" when it was not
// started.
func (s *Stack) BlobEndpoint() string {
	if s.Azurite == nil {
		return ""
	}
	return s.Azurite.Endpoint()
}
