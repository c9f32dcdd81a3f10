// Checks a request that `dsr download` has written, by docs/format.md alone: node check-export.mjs FOLDER [ATTEMPT] [--key PEM]…
import { createHash, createHmac, createPublicKey, verify } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, readdirSync } from "node:fs";
const keys = [], args = process.argv.slice(2);
try {
  for (let i; (i = args.indexOf("--key")) >= 0; ) keys.push(createPublicKey(readFileSync(args.splice(i, 2)[1])));
} catch { console.error("--key: no public key in PEM"); process.exit(2); }
const [folder, only] = args, faults = [], unlisted = [], named = new Set(), hashes = new Map(), total = { blobs: 0, documents: 0 };
const fault = (what, name) => void faults.push(`${what}  ${name}`);
const same = (name, was, is) => JSON.stringify(was) === JSON.stringify(is) || fault("inconsistent", name);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const attempting = (name, f) => { try { return f(); } catch { fault("malformed", name); } }; // what breaks is a fault of the file
const bytes = (name) => readFileSync(`${folder}/${name}`);
const text = (name) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes(name));
const json = (name) => hashes.has(name) ? attempting(name, () => JSON.parse(text(name))) : fault("missing", name);
// The bytes: each file has the hash that SHA256SUMS says, and no other file is there.
function hashFile(path) {
  const hash = createHash("sha256"), buffer = Buffer.alloc(1 << 20), file = openSync(path);
  for (let n; (n = readSync(file, buffer)) > 0; ) hash.update(buffer.subarray(0, n));
  closeSync(file);
  return hash.digest("hex");
}
function walk(dir) {
  for (const e of readdirSync(`${folder}/${dir}`, { withFileTypes: true })) {
    const name = dir + e.name;
    if (e.isDirectory()) attempting(name, () => walk(`${name}/`));
    else if (!e.isFile()) fault("irregular", name);
    else if (name !== "SHA256SUMS") attempting(name, () => hashes.set(name, hashFile(`${folder}/${name}`)));
  }
}
function check(name, hash) {
  named.add(name);
  return hashes.get(name) === hash || fault(hashes.has(name) ? "changed" : "missing", name);
}
attempting(String(folder), () => walk(""));
attempting("SHA256SUMS", () => {
  for (const line of text("SHA256SUMS").split(/(?<=\n)/)) {
    const [, hash, name] = /^([0-9a-f]{64})  (?:\.\/)?(.+)\n$/.exec(line) ?? [];
    if (name) check(name, hash); else fault("malformed", "SHA256SUMS");
  }
  for (const name of hashes.keys()) if (!named.has(name)) fault("added", name);
});
named.clear();
// The person, for whom the request vouches: its canonical form has the whole subject.
const canon = (v) => Array.isArray(v) ? `[${v.map(canon)}]` : v && typeof v === "object"
  ? `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${canon(v[k])}`)}}` : JSON.stringify(v);
const request = json("request.json") ?? {};
if (request.subject || hashes.has("subject.json")) attempting("subject.json", () => {
  const { contentSha256, contentKeyId, dueAtDefaulted, receivedAt, submittedAt, source, review, ...content } = request;
  const { contentKey, ...subject } = json("subject.json") ?? {};
  if (dueAtDefaulted) delete content.dueAt;
  const body = canon({ ...content, subject });
  if (!request.subject) same("subject.json", text("subject.json"), "null");
  else same("subject.json", [contentSha256, contentKeyId], contentKey ? [createHmac("sha256", contentKey).update(body).digest("hex"), sha256(contentKey).slice(0, 16)] : [sha256(body), undefined]);
});
// The chain of each attempt: signature, manifest, its parts, receipts, then page records, parts and artifacts.
const attempts = [1];
while (hashes.has(`${attempts.length + 1}/manifest.json`) || hashes.has(`${attempts.length + 1}/retry.json`)) attempts.push(attempts.length + 1);
if (only && !attempts.includes(Number(only))) fault("missing", `${only}/manifest.json`);
for (const n of attempts) if (!only || n === Number(only)) attempting(`${n}/manifest.json`, () => checkAttempt(n));
function checkAttempt(n) {
  const rows = {}, counted = { documents: 0, subjectMatches: 0, failures: 0 }, tasks = new Set();
  const row = (id) => (rows[id] ??= { calls: 0, documents: 0, gone: 0, failed: 0, repeated: 0 });
  const inAttempt = ({ name, sha256 }) => check(`${n}/${name}`, sha256);
  const open = (ref) => inAttempt(ref) && json(`${n}/${ref.name}`);
  const manifest = json(`${n}/manifest.json`);
  if (!manifest) return;
  checkSignature(n);
  same(`${n}/manifest.json`, [manifest.requestId, manifest.attempt], [request.id, n]);
  check("request.json", manifest.request.sha256);
  const plan = open({ name: "plan.json", ...manifest.plan });
  for (const [name, ref] of [["deletion-plan", manifest.deletionPlan], ["approval", manifest.approval], ["cancel", manifest.refusal]]) {
    if (ref) for (const s of open({ name: `${name}.json`, ...ref })?.stages ?? []) s.parts?.forEach(inAttempt);
  }
  if (manifest.extension) check("extension.json", manifest.extension.sha256);
  if (n > 1) check(`${n - 1}/manifest.json`, manifest.previous?.sha256);
  for (const p of manifest.parts) attempting(`${n}/${p.name}`, () => {
    const before = counted.documents, receipts = open(p)?.receipts ?? [];
    for (const ref of receipts) attempting(`${n}/${ref.name}`, () => receipt(ref, open(ref)));
    same(p.name, [p.receipts, p.documents], [receipts.length, counted.documents - before]);
  });
  function receipt(ref, r) {
    if (!r) return;
    tasks.add(r.taskId);
    same(ref.name, [ref.outcome, ref.parts], [r.outcome, r.parts]);
    counted.failures += r.failures.length;
    if (!r.parts.length && r.failures.length) row(r.failures[0].endpoint).failed++; // the task failed as a whole
    const page = r.pageRecord && open(r.pageRecord);
    if (!r.parts.length && page?.answer) inAttempt(page.answer);
    for (const p of r.parts) attempting(`${n}/${p.name}`, () => part(p, open(p) || [], page?.answer?.name === p.name ? page.repeated : 0));
  }
  function part(ref, entries, repeated) {
    const documents = entries.filter((e) => e.document != null).length, matches = entries.reduce((sum, e) => sum + (e.subjectMatches ?? 0), 0);
    same(ref.name, [ref.documents, ref.subjectMatches], [documents, matches]);
    counted.documents += documents; counted.subjectMatches += matches; if (repeated) row(entries[0].endpoint).repeated += repeated;
    for (const e of entries.filter((e) => !e.subNode)) {
      const r = row(e.endpoint); if (e.left) r.left = (r.left ?? 0) + e.left; // looked through, and left out
      r.calls++; r.failed += !!e.error; r.gone += !e.error && [404, 405, 400].includes(e.status);
      r.documents += e.document != null || e.deletion?.outcome === "deleted";
      if (e.content) inAttempt(e.content);
    }
  }
  // The figures, and what nothing names. Failed tasks and expired cursors may have left something behind.
  if (rows.E19) rows.E24 = rows.E19;
  for (const [id, { bytes, ...is }] of Object.entries(manifest.totals)) same(`totals of ${id}`, is, row(id));
  for (const id of Object.keys(rows)) if (!/^(E|W|D|DW)\d+[a-z]*$/.test(id) || !manifest.totals[id]) fault("inconsistent", `totals of ${id}`);
  same("manifest.json", [manifest.failures.length + manifest.failuresOmitted, manifest.subjectMatches], [counted.failures, counted.subjectMatches]);
  const left = manifest.status !== "succeeded" || [...hashes.keys()].some((name) => /\/pages\/[^/]+\/[23]-/.test(name));
  for (const name of hashes.keys()) {
    const [folder, ...rest] = name.split("/");
    const other = rest.length && folder !== String(n) && attempts.includes(Number(folder)) && String(Number(folder)) === folder;
    if (other || named.has(name)) continue;
    if (["subject.json", `${n}/manifest.json`, `${n}/manifest.sig`].includes(name)) continue;
    if (folder === "copy" ? copied(name) : known(n, name, rest.join("/"), left, tasks, plan)) unlisted.push(`unlisted  ${name}`); else fault("foreign", name);
  }
  total.documents += counted.documents;
  total.blobs = named.size;
}
// A signature is over the manifest's bytes, by the key that it names. With a key given, there must be one.
function checkSignature(n) {
  const name = `${n}/manifest.sig`;
  if (!keys.length) return;
  named.add(name);
  const { alg, keyId, signature } = json(name) ?? {}, id = (k) => sha256(k.export({ type: "spki", format: "der" })).slice(0, 16);
  const key = keys.find((k) => id(k) === keyId), given = Buffer.from(String(signature), "base64");
  const how = { Ed25519: [null, key], ES256: ["sha256", { key, dsaEncoding: "ieee-p1363" }] }[alg];
  const signed = attempting(name, () => key && how && given.toString("base64") === signature && verify(how[0], bytes(`${n}/manifest.json`), how[1], given));
  if (signed === false || !key || !how) fault("unsigned", name);
}
// The copies for the person came after the closing: an order vouches for a copy's records, the last receipt for the zip.
function copied(name) {
  const zip = `copy/${request.id}.zip`, orders = [...hashes.keys()].filter((k) => /^copy\/\d{4}-order\.json$/.test(k)).sort(), last = `${orders.at(-1)?.slice(0, 9)}-receipt.json`;
  if (name === zip) return orders.length && (!hashes.has(last) || json(last)?.sha256 === hashes.get(zip) || !fault("changed", zip));
  const [, at, what] = /^(copy\/\d{4})-(order|signature|receipt|end|review|release|step-\d{5})\.json$/.exec(name) ?? [], record = at && json(name), [, list] = /^(copy\/\d{4})-places\.ndjson$/.exec(name) ?? [], [, decision] = /^copy\/decision-(\d{4})\.json$/.exec(name) ?? [];
  if (what === "receipt" && !hashes.has(`${at}-end.json`) && !hashes.has(zip)) fault("missing", zip); else if (list || decision) return list ? hashes.has(`${list}-order.json`) && (!hashes.has(`${list}-review.json`) || json(`${list}-review.json`)?.list?.sha256 === hashes.get(name) || !fault("changed", name)) : json(name)?.requestId === request.id && json(name).number === Number(decision);
  return /^copy\/\d{4}-state-\d{5}-[0-9a-f]{16}\.gob$/.test(name) || record && hashes.has(`${at}-order.json`) && record.requestId === request.id && record.number === Number(at.slice(-4));
}
// What no manifest names, and may be there: records of resends and of deletions, by their names and their contents.
function known(n, name, rest, left, tasks, plan) {
  const record = attempting(name, () => /\/data\//.test(name) || JSON.parse(text(name))), of = record?.requestId === request.id;
  const hop = /^hops\/(\d{5}(?:~[0-9a-f]{16})?)\/(\d)-(\d{6})-(\d{5})-([a-z0-9-]+)\/(\d{4})\.json$/.exec(rest);
  const id = hop && sha256([request.id, n, hop[1], ...hop.slice(2, 5).map(Number), hop[5]].join("\0")).slice(0, 32);
  return (name === "extension.json" && of) || (["cancel.json", "retention.json", ...(n > 1 ? ["retry.json"] : [])].includes(rest) && of && record.attempt === n)
    || (hop && record?.taskId === id && record.hop === Number(hop[6]) && plan?.nodes.some((p) => p.node === parseInt(hop[1], 10) && [p.type, ...p.followers].includes(hop[5])))
    || (/^(decisions|deletes)\/[0-9a-f]{32}\.json$/.test(rest) && record && (left || tasks.has(rest.slice(-37, -5))))
    || /^(deletion-plan\/\d{5}-\d{6}|manifest\/part-\d{5})-[0-9a-f]{16}\.json$/.test(rest) && rest.slice(-21, -5) === hashes.get(name).slice(0, 16)
    || /^data\/.*\/(part|page)-[\d-]+~\d{4}\.json$/.test(rest) || (left && /^(data|pages|receipts)\//.test(rest));
}
console.log([...faults, ...new Set(unlisted), faults.length ? `faults=${faults.length}` : `ok  blobs=${total.blobs}  documents=${total.documents}`].join("\n"));
process.exitCode = faults.length ? 3 : 0;
