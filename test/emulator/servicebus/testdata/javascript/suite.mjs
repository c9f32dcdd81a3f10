// The second conformance suite: what @azure/service-bus makes of a Service Bus.
// Go's TestConformanceOfTheJavaScriptClient runs it. Environment:
//   SERVICEBUS_JS_HOME     where the client is installed
//   SERVICEBUS_CONNECTION  the Service Bus, with queues q0 to q39 (at most 3
//                          deliveries), dedup, and front → back → morgue (its
//                          dead letters)
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, test } from "node:test";

const load = createRequire(process.env.SERVICEBUS_JS_HOME + "/package.json");
const { ServiceBusClient } = load("@azure/service-bus");
const { types } = load("rhea");

const connection = process.env.SERVICEBUS_CONNECTION;
const patience = { maxWaitTimeInMs: 10_000 };
const fail = { retryOptions: { maxRetries: 0 } };
const client = new ServiceBusClient(connection);
after(() => client.close());

let next = 0;
// story gives a test a queue of its own, with a sender and a receiver.
function story(name, tell) {
  const queue = "q" + next++;
  test(name, { timeout: 60_000 }, async () => {
    const sender = client.createSender(queue);
    const receiver = client.createReceiver(queue);
    await tell({ queue, sender, receiver, dead: client.createReceiver(queue, { subQueueType: "deadLetter" }) });
    await Promise.all([sender.close(), receiver.close()]);
  });
}

// take receives n messages, or fails.
async function take(receiver, n = 1) {
  const got = [];
  while (got.length < n) {
    const more = await receiver.receiveMessages(n - got.length, patience);
    assert.notEqual(more.length, 0, `only ${got.length} of ${n} messages came`);
    got.push(...more);
  }
  return got;
}

const ids = (messages) => messages.map((m) => m.messageId).join(" ");
const hour = () => new Date(Date.now() + 3_600_000);

story("a message comes with all that its sender said", async ({ sender, receiver }) => {
  const sent = {
    messageId: "id", body: { a: [1, "two"] }, subject: "subject", correlationId: "c", contentType: "application/json",
    replyTo: "r", to: "t", timeToLive: 3_600_000, partitionKey: "p", replyToSessionId: "s",
    applicationProperties: { text: "ünï", int: 7, big: 2 ** 40, double: 0.5, yes: true, no: false, nothing: null },
  };
  await sender.sendMessages(sent);
  const [got] = await take(receiver);
  for (const [key, value] of Object.entries(sent)) assert.deepEqual(got[key], value, key);
  assert.equal(got.deliveryCount, 0);
  assert.equal(got.state, "active");
  assert.equal(got.expiresAtUtc.getTime(), got.enqueuedTimeUtc.getTime() + sent.timeToLive);
  assert.ok(got.lockedUntilUtc > new Date() && got.lockToken && got.sequenceNumber.toNumber() === 1);
  await receiver.completeMessage(got);
});

story("application properties of every AMQP type survive", async ({ sender, receiver }) => {
  const uuid = Buffer.from("abcdefghijklmnop");
  const cases = {
    ubyte: [types.wrap_ubyte(200), 200], ushort: [types.wrap_ushort(60000), 60000], uint: [types.wrap_uint(4e9), 4e9],
    ulong: [types.wrap_ulong(2 ** 50), 2 ** 50], byte: [types.wrap_byte(-100), -100], short: [types.wrap_short(-30000), -30000],
    int: [types.wrap_int(-2e9), -2e9], long: [types.wrap_long(-(2 ** 50)), -(2 ** 50)], float: [types.wrap_float(0.5), 0.5],
    // The client gives times as numbers, and bytes as objects with a number a byte.
    double: [types.wrap_double(0.1), 0.1], char: [types.wrap_char(0x1f600), 0x1f600], timestamp: [types.wrap_timestamp(-1), -1],
    uuid: [types.wrap_uuid(uuid), uuid], binary: [types.wrap_binary(Buffer.from([0, 255])), Buffer.from([0, 255])],
    string: [types.wrap_string("x"), "x"], symbol: [types.wrap_symbol("y"), "y"], boolean: [types.wrap_boolean(true), true],
  };
  const sent = Object.fromEntries(Object.entries(cases).map(([name, [typed]]) => [name, typed]));
  await sender.sendMessages({ body: "b", applicationProperties: sent });
  const [got] = await take(receiver);
  for (const [name, [, value]] of Object.entries(cases)) {
    const plain = got.applicationProperties[name];
    assert.deepEqual(Buffer.isBuffer(value) ? Buffer.from(Object.values(plain)) : plain, value, name);
  }
  await receiver.completeMessage(got);
});

story("a message without an id gets one and can be settled", async ({ sender, receiver }) => {
  await sender.sendMessages({ body: "x" });
  const [got] = await take(receiver);
  assert.ok(got.messageId);
  await receiver.completeMessage(got);
  assert.deepEqual(await receiver.peekMessages(1), []);
});

story("messages received and deleted are gone, in order", async ({ queue, sender }) => {
  await sender.sendMessages(["a", "b", "c"].map((messageId) => ({ messageId, body: messageId })));
  const receiver = client.createReceiver(queue, { receiveMode: "receiveAndDelete" });
  const got = await take(receiver, 3);
  assert.equal(ids(got), "a b c");
  assert.deepEqual(await receiver.peekMessages(1), []);
  await receiver.close();
});

story("an abandoned message comes back, counted and with changed properties, and is dead-lettered in the end", async ({ sender, receiver, dead }) => {
  await sender.sendMessages({ messageId: "a", body: "x", applicationProperties: { kept: 1, changed: 1 } });
  for (let i = 0; i < 3; i++) {
    const [got] = await take(receiver);
    assert.equal(got.deliveryCount, i);
    await receiver.abandonMessage(got, { changed: 10 + i });
  }
  const [got] = await take(dead);
  assert.equal(got.deadLetterReason, "MaxDeliveryCountExceeded");
  assert.deepEqual([got.applicationProperties.kept, got.applicationProperties.changed], [1, 12]);
  await dead.completeMessage(got);
  await dead.close();
});

story("a message is dead-lettered with reason, description and properties", async ({ sender, receiver, dead }) => {
  await sender.sendMessages({ messageId: "a", body: "x" });
  const [got] = await take(receiver);
  await receiver.deadLetterMessage(got, { deadLetterReason: "Why", deadLetterErrorDescription: "Because.", more: "told" });
  const [there] = await take(dead);
  assert.deepEqual([there.deadLetterReason, there.deadLetterErrorDescription, there.applicationProperties.more], ["Why", "Because.", "told"]);
  assert.equal(there.sequenceNumber.toString(), got.sequenceNumber.toString());
  await dead.close();
});

story("a deferred message comes by its number only", async ({ sender, receiver }) => {
  await sender.sendMessages([{ messageId: "a", body: "x" }, { messageId: "b", body: "x" }]);
  const [a, b] = await take(receiver, 2);
  await receiver.deferMessage(a, { why: "later" });
  await receiver.deferMessage(b);
  assert.deepEqual(await receiver.receiveMessages(1, { maxWaitTimeInMs: 100 }), []);
  assert.deepEqual((await receiver.peekMessages(5)).map((m) => m.state), ["deferred", "deferred"]);
  const got = await receiver.receiveDeferredMessages([a.sequenceNumber, b.sequenceNumber]);
  assert.equal(ids(got), "a b");
  assert.equal(got[0].applicationProperties.why, "later");
  await receiver.renewMessageLock(got[0]);
  await receiver.completeMessage(got[0]);
  await receiver.abandonMessage(got[1]);
  const [again] = await receiver.receiveDeferredMessages(b.sequenceNumber);
  assert.equal(again.deliveryCount, 1);
  await receiver.deadLetterMessage(again);
  await assert.rejects(receiver.receiveDeferredMessages(a.sequenceNumber), { code: "MessageNotFound" });
});

story("a lock is renewed", async ({ sender, receiver }) => {
  await sender.sendMessages({ body: "x" });
  const [got] = await take(receiver);
  const before = got.lockedUntilUtc;
  const until = await receiver.renewMessageLock(got);
  assert.ok(until >= before && until > new Date());
  await receiver.completeMessage(got);
  await assert.rejects(receiver.renewMessageLock(got), { code: "MessageLockLost" });
});

story("a message settled twice is settled once", async ({ sender, receiver }) => {
  await sender.sendMessages({ body: "x" });
  const [got] = await take(receiver);
  await receiver.completeMessage(got);
  await assert.rejects(receiver.completeMessage(got));
});

story("messages are scheduled and cancelled, several at once", async ({ sender, receiver }) => {
  const numbers = await sender.scheduleMessages(["a", "b", "c"].map((messageId) => ({ messageId, body: "x" })), hour());
  assert.equal(numbers.length, 3);
  const seen = await receiver.peekMessages(10);
  assert.deepEqual(seen.map((m) => [m.messageId, m.state]), [["a", "scheduled"], ["b", "scheduled"], ["c", "scheduled"]]);
  await sender.cancelScheduledMessages(numbers.slice(0, 2));
  assert.equal(ids(await receiver.peekMessages(10, { fromSequenceNumber: numbers[0] })), "c");
  await assert.rejects(sender.cancelScheduledMessages(numbers[0]), { code: "MessageNotFound" });
  const [soon] = await sender.scheduleMessages({ messageId: "soon", body: "x" }, new Date(Date.now() + 200));
  const [got] = await take(receiver);
  assert.equal(got.messageId, "soon");
  assert.ok(got.sequenceNumber.greaterThan(soon));
  await receiver.completeMessage(got);
});

story("a peek begins at a sequence number and goes on", async ({ sender, receiver }) => {
  await sender.sendMessages(["a", "b", "c", "d"].map((messageId) => ({ messageId, body: "x" })));
  const all = await receiver.peekMessages(4);
  assert.equal(ids(await receiver.peekMessages(2, { fromSequenceNumber: all[1].sequenceNumber })), "b c");
  assert.equal(ids(await receiver.peekMessages(2)), "d");
  assert.equal((await receiver.peekMessages(2)).length, 0);
});

story("a batch is as many messages, and takes no more than fits", async ({ sender, receiver }) => {
  const batch = await sender.createMessageBatch();
  while (batch.tryAddMessage({ messageId: "m" + batch.count, body: "x".repeat(10_000) }));
  assert.ok(batch.count > 20 && batch.maxSizeInBytes === 262144);
  await sender.sendMessages(batch);
  const got = await take(receiver, batch.count);
  assert.deepEqual(got.map((m) => m.messageId), got.map((_, i) => "m" + i));
});

story("a message over many frames passes, and one above the limit is refused", async ({ sender, receiver }) => {
  const body = Buffer.alloc(250_000, "0123456789");
  await sender.sendMessages({ body });
  const [got] = await take(receiver);
  assert.ok(Buffer.from(got.body).equals(body));
  await receiver.completeMessage(got);
  await assert.rejects(sender.sendMessages({ body: Buffer.alloc(300_000) }), { code: "MessageSizeExceeded" });
});

story("what comes after a receive has ended is not locked", async ({ queue, sender, receiver }) => {
  assert.deepEqual(await receiver.receiveMessages(10, { maxWaitTimeInMs: 100 }), []); // drains
  await sender.sendMessages({ messageId: "late", body: "x" });
  const other = client.createReceiver(queue);
  assert.equal(ids(await take(other)), "late");
  await other.close();
});

story("a subscription gets what comes, at most so many at once", async ({ sender, receiver }) => {
  const n = 50;
  let running = 0, most = 0, done = 0, finish;
  const finished = new Promise((resolve) => (finish = resolve));
  const subscription = receiver.subscribe({
    processMessage: async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      if (++done === n) finish();
    },
    processError: async ({ error }) => assert.fail(error),
  }, { maxConcurrentCalls: 5 });
  await sender.sendMessages(Array.from({ length: n }, (_, i) => ({ body: i })));
  await finished;
  await subscription.close();
  assert.ok(most > 1 && most <= 5, `${most} at once`);
});

story("two connections share a queue", async ({ queue, sender }) => {
  const others = [new ServiceBusClient(connection), new ServiceBusClient(connection)];
  const seen = new Set();
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  for (const other of others) {
    other.createReceiver(queue).subscribe({
      processMessage: async (m) => {
        assert.ok(!seen.has(m.messageId), "it came twice");
        if (seen.add(m.messageId).size === 200) finish();
      },
      processError: async ({ error }) => assert.fail(error),
    });
  }
  await sender.sendMessages(Array.from({ length: 200 }, (_, i) => ({ messageId: "m" + i, body: i })));
  await finished;
  await Promise.all(others.map((other) => other.close()));
});

story("what does not exist is not found, and what is not implemented is refused", async ({ queue }) => {
  const other = new ServiceBusClient(connection, fail);
  await assert.rejects(other.createSender("nowhere").sendMessages({ body: "x" }), { code: "MessagingEntityNotFound" });
  await assert.rejects(other.createReceiver("nowhere").receiveMessages(1), { code: "MessagingEntityNotFound" });
  await assert.rejects(other.acceptSession(queue, "session"));
  await assert.rejects(other.createSender(queue + "/$DeadLetterQueue").sendMessages({ body: "x" }));
  await other.close();
});

test("a duplicate is dropped without a word", { timeout: 60_000 }, async () => {
  const sender = client.createSender("dedup"), receiver = client.createReceiver("dedup");
  for (const messageId of ["a", "a", "b"]) await sender.sendMessages({ messageId, body: "x" });
  assert.equal(ids(await take(receiver, 2)), "a b");
  assert.equal(ids(await receiver.peekMessages(10)), "a b");
  await Promise.all([sender.close(), receiver.close()]);
});

test("messages and dead letters are forwarded", { timeout: 60_000 }, async () => {
  await client.createSender("front").sendMessages({ messageId: "a", body: "x" });
  const back = client.createReceiver("back");
  const [got] = await take(back);
  assert.equal(got.messageId, "a");
  await back.deadLetterMessage(got, { deadLetterReason: "Why" });
  const [there] = await take(client.createReceiver("morgue"));
  assert.deepEqual([there.messageId, there.deadLetterReason, there.deadLetterSource], ["a", "Why", "back"]);
});

test("many messages are sent and received", { timeout: 60_000 }, async () => {
  const sender = client.createSender("q39"), receiver = client.createReceiver("q39", { receiveMode: "receiveAndDelete" });
  for (let i = 0; i < 30; i++) await sender.sendMessages(Array.from({ length: 100 }, (_, k) => ({ messageId: `${i}-${k}`, body: "x" })));
  assert.equal(new Set((await take(receiver, 3000)).map((m) => m.messageId)).size, 3000);
  await Promise.all([sender.close(), receiver.close()]);
});
