// Checks an export that `dsr download` has written, by docs/format.md alone: node check-export.mjs FOLDER [ATTEMPT]
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
const [folder, attempt = "1"] = process.argv.slice(2);
const named = new Set(), faults = [], rows = {}, total = { documents: 0, subjectMatches: 0, failures: 0 };
const fault = (what, name) => void faults.push(`${what}  ${name}`);
const same = (name, was, is) => JSON.stringify(was) === JSON.stringify(is) || fault("inconsistent", name);
const row = (id) => (rows[id] ??= { calls: 0, documents: 0, gone: 0, failed: 0, repeated: 0 });
const text = (name) => readFileSync(`${folder}/${name}`, "utf8");
// The bytes: each file has the hash that SHA256SUMS says, and no other file is there.
const sums = (lines) => new Map(lines.trimEnd().split("\n").map((l) => [l.slice(66).replace(/^\.\//, ""), l.slice(0, 64)]));
const find = [".", "-type", "f", "!", "-path", "./SHA256SUMS", "-exec", "sha256sum", "{}", "+"];
const hashes = sums(execFileSync("find", find, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 30 }));
function check(name, hash) {
  named.add(name);
  return hashes.get(name) === hash || fault(hashes.has(name) ? "changed" : "missing", name);
}
for (const [name, hash] of sums(text("SHA256SUMS"))) check(name, hash);
for (const name of hashes.keys()) if (!named.has(name)) fault("added", name);
named.clear();
// The chain: manifest, its parts, receipts, then page records, parts and artifacts.
const inAttempt = ({ name, sha256 }) => check(`${attempt}/${name}`, sha256);
const open = (ref) => inAttempt(ref) && JSON.parse(text(`${attempt}/${ref.name}`));
const manifest = JSON.parse(text(`${attempt}/manifest.json`));
check("request.json", manifest.request.sha256);
inAttempt({ name: "plan.json", ...manifest.plan });
for (const p of manifest.parts) {
  const before = total.documents, receipts = open(p)?.receipts ?? [];
  for (const ref of receipts) receipt(ref, open(ref));
  same(p.name, [p.receipts, p.documents], [receipts.length, total.documents - before]);
}
function receipt(ref, r) {
  if (!r) return;
  same(ref.name, [ref.outcome, ref.parts], [r.outcome, r.parts]);
  total.failures += r.failures.length;
  if (!r.parts.length && r.failures.length) row(r.failures[0].endpoint).failed++; // the task failed as a whole
  const page = r.pageRecord && open(r.pageRecord);
  for (const p of r.parts) part(p, open(p) || [], page?.answer?.name === p.name ? page.repeated : 0);
}
function part(ref, entries, repeated) {
  const documents = entries.filter((e) => e.document != null).length, matches = entries.reduce((n, e) => n + (e.subjectMatches ?? 0), 0);
  same(ref.name, [ref.documents, ref.subjectMatches], [documents, matches]);
  total.documents += documents; total.subjectMatches += matches;
  if (repeated) row(entries[0].endpoint).repeated += repeated;
  for (const e of entries.filter((e) => !e.subNode)) {
    const r = row(e.endpoint);
    r.calls++; r.documents += e.document != null; r.failed += !!e.error; r.gone += !e.error && e.status === 404;
    if (e.content) inAttempt(e.content);
  }
}
// The figures, and what nothing names. Failed tasks and expired cursors may have left something behind.
if (rows.E19) rows.E24 = rows.E19;
for (const [id, { bytes, ...is }] of Object.entries(manifest.totals)) same(`totals of ${id}`, is, row(id));
same("manifest.json", [manifest.failures.length + manifest.failuresOmitted, manifest.subjectMatches], [total.failures, total.subjectMatches]);
const left = manifest.status !== "succeeded" || [...hashes.keys()].some((name) => /\/pages\/[^/]+\/[23]-/.test(name)) ? "|data|pages|receipts|manifest" : "";
const known = new RegExp(`^((subject|request|extension)\\.json|\\d+/(manifest\\.(json|sig)|(cancel|retry|retention)\\.json|(hops${left})/.*|data/.*/(part|page)-[\\d-]+~\\d{4}\\.json))$`);
const other = (name) => /^\d+\//.test(name) && !name.startsWith(`${attempt}/`); // of another attempt
for (const name of hashes.keys()) if (!named.has(name) && !known.test(name) && !other(name)) fault("foreign", name);
console.log([...faults, faults.length ? `faults=${faults.length}` : `ok  blobs=${named.size}  documents=${total.documents}`].join("\n"));
process.exitCode = faults.length ? 3 : 0;
