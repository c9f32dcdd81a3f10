package simulation_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

var copy1 = dsr.CopyName{RequestID: testRequest, Number: 1}

// orderCopy records an order for the person's copy, and tells the worker.
func (sim *simulation) orderCopy(name dsr.CopyName) {
	sim.t.Helper()
	records := sim.records()
	_, sum, _, err := records.Manifest(context.Background(), attempt1)
	if err != nil {
		sim.t.Fatal(err)
	}
	_, err = records.OrderCopy(context.Background(), dsr.CopyOrder{
		RequestID: name.RequestID,
		Number:    name.Number,
		Attempt:   1,
		Manifest:  dsr.HashRef{SHA256: sum},
		Status:    dsr.StatusSucceeded,
		AskedBy:   "desk",
		AskedAt:   time.Now().UTC(),
	})
	if err != nil {
		sim.t.Fatal(err)
	}
	m, err := name.Message(time.Time{})
	if err != nil {
		sim.t.Fatal(err)
	}
	sim.send(dsr.QueueCopies, m)
}

// madeCopy returns the bytes of the person's copy and its receipt, and fails the test if they
// don't belong together.
func (sim *simulation) madeCopy() ([]byte, dsr.CopyReceipt) {
	sim.t.Helper()
	body := readBlob(sim.t, sim.exports, dsr.CopyBlob(testRequest))
	receipt := decode[dsr.CopyReceipt](sim.t, readBlob(sim.t, sim.audit, copy1.Receipt()))
	if receipt.SHA256 != hashOf(body) || receipt.Bytes != int64(len(body)) || receipt.Name != dsr.CopyBlob(testRequest) {
		sim.t.Errorf("the receipt is %+v, for a copy of %d bytes with the hash %s", receipt, len(body), hashOf(body))
	}
	one := fmt.Sprintf("%s%04d-", dsr.CopyPrefix(testRequest), copy1.Number)
	if n := len(sim.names(sim.audit, one)); n > 6 { // with a signature and a review
		sim.t.Errorf("%d records of one copy", n)
	}
	return body, receipt
}

// checkCopy holds that nothing is left to do, and that another copy of the same archive, which
// is made without any fault, has the same bytes.
func (sim *simulation) checkCopy() {
	sim.t.Helper()
	sim.mustBeIdle()
	if strings.Contains(sim.log.text(), "another copy was in the place") {
		sim.t.Error("two makings of the copy did not agree")
	}
	body, _ := sim.madeCopy()

	sim.endCopy(dsr.CopyRevoked)
	if names := sim.names(sim.exports, dsr.CopyPrefix(testRequest)); len(names) > 0 {
		sim.t.Errorf("%v is left of a copy that was revoked", names)
	}
	sim.boot = func() *process { return sim.newProcess(&faultInjector{}) }
	sim.live = nil
	sim.orderCopy(dsr.CopyName{RequestID: testRequest, Number: 2})
	sim.run(time.Hour)
	if want := readBlob(sim.t, sim.exports, dsr.CopyBlob(testRequest)); !bytes.Equal(body, want) {
		sim.t.Errorf("a copy of %d bytes, want the same %d as undisturbed", len(body), len(want))
	}
}

// endCopy ends the first copy.
func (sim *simulation) endCopy(why string) {
	sim.t.Helper()
	_, err := sim.records().EndCopy(context.Background(), dsr.CopyEnd{
		RequestID: testRequest,
		Number:    1,
		Why:       why,
		At:        time.Now().UTC(),
	})
	if err != nil {
		sim.t.Fatal(err)
	}
}

// effectsOfACopy returns the effects of making a copy without any fault.
func effectsOfACopy(t *testing.T, setUp func(*simulation)) (effects []string) {
	t.Helper()
	simulate(t, func(t *testing.T, sim *simulation) {
		setUp(sim)
		sim.export()
		sim.live = nil
		sim.orderCopy(copy1)
		sim.run(time.Hour)
		sim.mustBeIdle()
		effects = sim.live.faults.names
	})
	return effects
}

func TestAnOrderedCopyIsMade(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.export()
		sim.orderCopy(copy1)
		sim.run(time.Hour)

		body, receipt := sim.madeCopy()
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		if f, err := z.Open(testRequest + "/package.json"); err != nil {
			t.Error(err)
		} else if text, err := io.ReadAll(f); err != nil || !strings.Contains(string(text), `"requestId"`) {
			t.Errorf("package.json is %s, %v", text, err)
		}

		manifest := sim.manifestOf(attempt1)
		documents := int64(0)
		for _, p := range manifest.Parts {
			documents += p.Documents
		}
		if receipt.Searched != documents || receipt.Documents == 0 || receipt.Documents >= receipt.Searched {
			t.Errorf("%d of %d documents are the person's, of an archive of %d", receipt.Documents, receipt.Searched, documents)
		}
		if receipt.AskedBy != "desk" || !receipt.Until.Equal(receipt.MadeAt.Add(7*24*time.Hour)) {
			t.Errorf("receipt %+v", receipt)
		}
		for _, name := range []string{copy1.Order(), copy1.Receipt()} {
			text := string(readBlob(t, sim.audit, name))
			if strings.Contains(text, "@") || strings.Contains(text, sim.account.SubjectObjectID) {
				t.Errorf("%s names somebody: %s", name, text)
			}
		}
	})
}

// TestACrashAnywhereMakesTheSameCopy kills the process before or after each effect of making
// a copy.
func TestACrashAnywhereMakesTheSameCopy(t *testing.T) {
	key := newOtherEachTime(t)
	for name, setUp := range map[string]func(*simulation){
		"unsigned": func(*simulation) {},
		"signed":   func(sim *simulation) { sim.signer = key },
	} {
		t.Run(name, func(t *testing.T) {
			effects := effectsOfACopy(t, setUp)
			if len(effects) < 4 {
				t.Fatalf("effects %v", effects)
			}
			for i, effect := range effects {
				for _, after := range []bool{false, true} {
					t.Run(fmt.Sprintf("%03d %s after=%t", i+1, effect, after), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							sim := newSimulation(t, smallAccount(), 2)
							defer sim.close()
							setUp(sim)
							sim.export()

							faults := []*faultInjector{{at: i + 1, after: after}}
							sim.live = nil
							sim.boot = func() *process {
								next := &faultInjector{}
								if len(faults) > 0 {
									next, faults = faults[0], faults[1:]
								}
								return sim.newProcess(next)
							}
							sim.orderCopy(copy1)
							sim.run(3 * time.Hour)
							if name == "unsigned" {
								sim.checkCopy()
							} else {
								sim.checkCopyIsSigned()
							}
						})
					})
				}
			}
		})
	}
}

// checkCopyIsSigned holds that the copy has the signature that is recorded.
func (sim *simulation) checkCopyIsSigned() {
	sim.t.Helper()
	sim.mustBeIdle()
	body, _ := sim.madeCopy()
	recorded := decode[dsr.CopySignature](sim.t, readBlob(sim.t, sim.audit, copy1.Signature()))
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		sim.t.Fatal(err)
	}
	f, err := z.Open(testRequest + "/tagmanifest-sha256.sig")
	if err != nil {
		sim.t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil || !strings.Contains(string(text), recorded.Signature.Signature) {
		sim.t.Errorf("the copy is signed as %s, recorded is %+v: %v", text, recorded, err)
	}
}

// TestTwoHandlersMakeOneCopy has several processes make the same copy at once.
func TestTwoHandlersMakeOneCopy(t *testing.T) {
	for n := range sampled(12) {
		t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.export()
				sim.orderCopy(copy1)
				d, ok := sim.queue(dsr.QueueCopies).Receive()
				if !ok {
					t.Fatal("no message")
				}
				message, err := copy1.Message(time.Time{})
				if err != nil {
					t.Fatal(err)
				}

				var both sync.WaitGroup
				for i := range 3 {
					pause := time.Duration(1+(n*(i+3))%7) * time.Millisecond
					p := sim.newProcess(&faultInjector{gate: func(string) { <-time.After(pause) }})
					both.Go(func() {
						if err := p.Copies.Accept(context.Background(), message.Body); err != nil {
							t.Error(err)
						}
					})
				}
				both.Wait()
				sim.invoke(sim.newProcess(&faultInjector{}), dsr.QueueCopies, d)

				sim.checkCopy()
			})
		})
	}
}

// TestALostOrderIsFound loses the message that orders a copy.
func TestALostOrderIsFound(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.export()
		sim.orderCopy(copy1)
		sim.purge(dsr.QueueCopies)
		sim.runUntil(func() bool { return len(sim.names(sim.audit, copy1.Receipt())) > 0 })
		sim.run(time.Hour)
		sim.checkCopy()
	})
}

// TestALostCopyIsMadeAgain removes the blob of a copy that can still be fetched.
func TestALostCopyIsMadeAgain(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.export()
		sim.orderCopy(copy1)
		sim.run(time.Hour)
		if err := sim.exports.Delete(t.Context(), dsr.CopyBlob(testRequest)); err != nil {
			t.Fatal(err)
		}
		sim.runUntil(func() bool { return len(sim.names(sim.exports, dsr.CopyBlob(testRequest))) > 0 })
		sim.run(time.Hour)
		sim.checkCopy()
	})
}

// otherEachTime signs as keys of a vault do: the same bytes in another way each time.
type otherEachTime struct{ key *ecdsa.PrivateKey }

func newOtherEachTime(t *testing.T) otherEachTime {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return otherEachTime{key}
}

func (o otherEachTime) Sign(_ context.Context, body []byte) (dsr.Signature, error) {
	random := make([]byte, 64)
	if _, err := rand.Read(random); err != nil {
		return dsr.Signature{}, err
	}
	id, err := dsr.KeyID(o.key.Public())
	return dsr.Signature{Alg: dsr.ES256, KeyID: id, Signature: base64.StdEncoding.EncodeToString(random)}, err
}

// TestACrashWhileACopyEndsLeavesNothing kills the watch before or after each of its effects
// when a copy's time is up, and when its documents are.
func TestACrashWhileACopyEndsLeavesNothing(t *testing.T) {
	for name, after := range map[string]time.Duration{"its time is up": 7 * 24 * time.Hour, "its documents expire": retentionDays} {
		made := func(sim *simulation) {
			sim.export()
			if after == retentionDays { // it is ordered late, and can still be fetched
				sim.advanceTo(sim.manifestOf(attempt1).ClosedAt.Add(after - time.Hour))
			}
			sim.orderCopy(copy1)
			sim.run(time.Hour)
			_, receipt := sim.madeCopy()
			until := receipt.Until
			if after == retentionDays {
				until = sim.manifestOf(attempt1).ClosedAt.Add(after)
			}
			sim.advanceTo(until)
			<-time.After(time.Second)
		}

		var effects []string
		simulate(t, func(t *testing.T, sim *simulation) {
			made(sim)
			faults := &faultInjector{}
			if err := watch(sim.newProcess(faults)); err != nil {
				t.Fatal(err)
			}
			effects = faults.names
		})
		for i, effect := range effects {
			ofCopy := strings.Contains(effect, "/copy/") || strings.Contains(effect, dsr.CopiesPrefix) || strings.Contains(effect, "retention.json")
			if !ofCopy && i%sampleEvery != 0 && !*exhaustive {
				continue
			}
			for _, late := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %03d %s after=%t", name, i+1, effect, late), func(t *testing.T) {
					simulate(t, func(t *testing.T, sim *simulation) {
						made(sim)
						if err := watch(sim.newProcess(&faultInjector{at: i + 1, after: late})); err == nil {
							t.Fatal("the process survived")
						}
						for range 2 {
							sim.removeExpired()
						}

						if names := append(sim.names(sim.exports, dsr.CopyPrefix(testRequest)), sim.names(sim.index, dsr.CopiesPrefix)...); len(names) > 0 {
							t.Errorf("%v is left", names)
						}
						if names := sim.names(sim.audit, ""); !slices.Contains(names, copy1.Order()) || !slices.Contains(names, copy1.Receipt()) || !slices.Contains(names, copy1.End()) {
							t.Errorf("%v are recorded, want the order, the receipt and the end", sim.names(sim.audit, dsr.CopyPrefix(testRequest)))
						}
						if after == retentionDays && len(sim.names(sim.exports, "")) > 0 {
							t.Errorf("documents are left: %v", sim.names(sim.exports, ""))
						}
					})
				})
			}
		}
	}
}
