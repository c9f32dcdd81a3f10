package simulation_test

import (
	"testing"
	"testing/synctest"

	fake "azureml-dsr/test/emulator/fakeml"
)

// simulate runs a test in a simulation of its own with a small account. The clock stands
// still while anything is running.
func simulate(t *testing.T, test func(t *testing.T, sim *simulation)) {
	t.Helper()
	simulateAccount(t, smallAccount(), 2, test)
}

// simulateAccount does the same with any account and any size of the lists' pages.
func simulateAccount(t *testing.T, account fake.Account, pageSize int, test func(t *testing.T, sim *simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := newSimulation(t, account, pageSize)
		defer sim.close()
		test(t, sim)
	})
}
