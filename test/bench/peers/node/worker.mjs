// Exports the runs of a project, as a worker on Azure's own JavaScript clients
// would: a message that names a page of the list becomes the page's blob, a
// message for the next page, and one for each 50 runs of this page. A message that
// names runs becomes a blob of their documents. `make bench-peers` sends the first
// message of each project and waits for the blobs.
//
// BUS and STORAGE are connection strings; QUEUE, CONTAINER and TOKEN come from the
// environment too.
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';

const { BUS, QUEUE, STORAGE, CONTAINER, TOKEN } = process.env;
const messagesAtOnce = 16;
const callsInFlight = 32;
const itemsAtOnce = 8;
const chunkItems = 50;
const attempts = 4;

const bus = new ServiceBusClient(BUS);
const sender = bus.createSender(QUEUE);
const receiver = bus.createReceiver(QUEUE);
const container = BlobServiceClient.fromConnectionString(STORAGE).getContainerClient(CONTAINER);

// limited runs at most so many functions at once.
function limited(most) {
  let running = 0;
  const waiting = [];

  return async (work) => {
    if (running >= most) await new Promise((resolve) => waiting.push(resolve));
    else running++;

    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

const call = limited(callsInFlight);

async function get(url) {
  return call(async () => {
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
      if (answer.ok) return answer.text();

      await answer.body?.cancel();
      if (attempt === attempts) throw new Error(`${url} answered ${answer.status}`);
      await new Promise((resolve) => setTimeout(resolve, 1000 * attempt));
    }
  });
}

function entry(endpoint, item, url, document) {
  const head = JSON.stringify({ endpoint, item, url, status: 200, retrievedAt: new Date() });
  return `${head.slice(0, -1)},"document":${document}}`;
}

async function store(name, entries) {
  const body = `[${entries.join(',\n')}]`;
  await container.getBlockBlobClient(name).upload(body, Buffer.byteLength(body));
}

async function page({ list, base, name, page }) {
  const document = await get(list);
  const { value, nextLink } = JSON.parse(document);
  const folder = `data/runs/${name}`;
  const number = String(page).padStart(6, '0');
  await store(`${folder}/page-${number}.json`, [entry('E14', undefined, list, document)]);

  const messages = [];
  for (let i = 0; i < value.length; i += chunkItems) {
    const chunk = String(i / chunkItems).padStart(5, '0');
    const runs = value.slice(i, i + chunkItems).map((run) => run.runId);
    messages.push({ body: { base, runs, blob: `${folder}/part-${number}-${chunk}.json` } });
  }
  if (nextLink) messages.push({ body: { list: nextLink, base, name, page: page + 1 } });
  await sender.sendMessages(messages);
}

async function chunk({ base, runs, blob }) {
  const entries = [];
  const items = limited(itemsAtOnce);
  await Promise.all(
    runs.map((run) =>
      items(async () => {
        const url = `${base}/runs/${encodeURIComponent(run)}`;
        entries.push(entry('E16', run, url, await get(url)));
      }),
    ),
  );
  await store(blob, entries);
}

const subscription = receiver.subscribe(
  {
    processMessage: ({ body }) => (body.list ? page(body) : chunk(body)),
    processError: async ({ error }) => console.error(error.message),
  },
  { maxConcurrentCalls: messagesAtOnce },
);

process.on('SIGTERM', async () => {
  await subscription.close();
  await bus.close();
});
