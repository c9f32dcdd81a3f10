package faults

import (
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus"
)

// TestTheBrokerMisbehaves: with two handlers, the broker is busy, messages are
// delivered to a second handler while the first still works on them and, at full
// length, connections drop and answers to sends and settlements are lost.
func TestTheBrokerMisbehaves(t *testing.T) {
	r := newHarness(t, options{account: account(times(800, 80)), env: hasty(), hosts: 2})
	faults := map[string]servicebus.Fault{
		"busy":                     {Do: servicebus.Busy, Times: times(40, 10)},
		"delivered twice":          {Do: servicebus.DeliverTwice, Queue: dsr.QueueExports, Times: times(60, 10)},
		"wake-ups delivered twice": {Do: servicebus.DeliverTwice, Queue: dsr.QueueClosings, Times: 3},
	}

	if *long { // what was locked on a connection that is gone comes again after a minute
		faults["connections dropped"] = servicebus.Fault{Do: servicebus.Drop, Times: 10}
		faults["answers lost"] = servicebus.Fault{Do: servicebus.LoseAnswer, Times: 20}
	}

	skip := 20
	injected := map[string]*servicebus.Injection{}
	for name, f := range faults {
		if f.Do != servicebus.DeliverTwice {
			f.Skip, skip = skip, skip+15
		}
		injected[name] = r.broker().Inject(f)
	}

	r.send(dsr.QueueRequests, request("bus", r.account))
	m := r.await("bus", 2*patience)
	r.checkComplete("bus", m)
	r.awaitIdle()

	for name, i := range injected {
		t.Logf("%s: %d times", name, i.Struck())
		if i.Struck() == 0 {
			t.Errorf("%s: never", name)
		}
	}
}
