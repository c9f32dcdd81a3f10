// The manifest of a closed request, and its verification when somebody asks for it.
import { get, send, text } from '../api.js';
import { h, swap } from '../dom.js';
import { bytes, number, things } from '../format.js';
import { badge, done, facts, failure, loading, section, table, time } from '../parts.js';

const TOTALS = [
  { name: 'Row' },
  { name: 'Calls', class: 'number' },
  { name: 'Documents', class: 'number' },
  { name: 'Gone', class: 'number' },
  { name: 'Failed', class: 'number' },
  { name: 'Size', class: 'number' },
];

/** evidence offers the manifest and its verification. read is told a manifest that was read. */
export function evidence(path, { mayVerify, signal, read }) {
  const shown = h('div', {});
  const verified = h('div', { role: 'status' });
  const results = h('div', {});
  const show = h('button', { type: 'button', onclick: () => manifest(path, shown, signal, read) }, 'Show the manifest');
  const verify = mayVerify ? h('button', { type: 'button', onclick: () => check(path, verify, verified, signal) }, 'Verify now') : null;

  get(`${path}/results`, signal).then(({ body }) => swap(results, gathered(body))).catch((err) => {
    if (err.code === 'ResultsRemoved') swap(results, h('p', { class: 'box text' }, err.message));
  });

  return section('Evidence', results, h('div', { class: 'buttons' }, show, verify), verified, shown);
}

function gathered(r) {
  return h('p', {}, `${things(r.documents, 'document')} stored.`);
}

async function manifest(path, place, signal, read) {
  swap(place, loading('The manifest is on its way …'));
  try {
    const { body, etag } = await text(`${path}/manifest`, signal);
    const m = JSON.parse(body);
    swap(place, described(m, etag, body));
    read(m);
  } catch (err) {
    if (!signal.aborted) swap(place, failure(err, () => manifest(path, place, signal, read)));
  }
}

function described(m, sum, body) {
  const rows = Object.entries(m.totals ?? {}).filter(([, c]) => c.calls + c.documents + c.gone + c.failed > 0);
  return [
    facts([
      ['Result', badge(m.status)],
      ['Closed', time(m.closedAt)],
      sum ? ['SHA-256', h('span', { class: 'id' }, sum)] : null,
      ['Written by', `version ${m.worker || 'not known'}`],
      ['Mentions of the subject', number(m.subjectMatches)],
      ['Failures', number((m.failures?.length ?? 0) + (m.failuresOmitted ?? 0))],
    ]),
    rows.length ? table('Totals by row of the catalogue', m.what === 'subject' ? [...TOTALS, { name: 'Left out', class: 'number' }] : TOTALS, rows.map(([id, c]) =>
      [id, number(c.calls), number(c.documents), number(c.gone), number(c.failed), bytes(c.bytes), ...(m.what === 'subject' ? [number(c.left)] : [])])) : null,
    m.notCovered?.length ? h('details', { 'data-key': 'not-covered' },
      h('summary', {}, `What it leaves out (${number(m.notCovered.length)})`),
      h('ul', {}, m.notCovered.map((n) => h('li', { class: 'text' }, h('strong', {}, n.what), ` – ${n.why}`)))) : null,
    h('details', { 'data-key': 'raw' }, h('summary', {}, 'As it is stored'), h('pre', { tabindex: 0, role: 'region', 'aria-label': 'The manifest as it is stored' }, body)),
  ];
}

async function check(path, button, place, signal) {
  button.disabled = true;
  swap(place, loading('Each blob is read and compared with its hash …'));
  try {
    const result = await send('POST', `${path}/verify`, {}, undefined, signal);
    swap(place, outcome(result));
    done(result.ok ? 'The evidence is sound.' : 'The verification found faults.');
  } catch (err) {
    if (!signal.aborted) swap(place, failure(err, () => check(path, button, place, signal)));
  } finally {
    button.disabled = false;
  }
}

const SIGNATURES = { valid: 'signed, and the signature is good', unsigned: 'not signed', invalid: 'with a signature that is not good', unchecked: 'signed; no key was at hand to check it' };

function outcome(r) {
  const findings = r.findings ?? [];
  return h('div', { class: `box ${r.ok ? 'good' : 'error'}` },
    h('p', { class: 'strong' }, r.ok ? 'Sound: each blob is what the manifest vouches for.' : `Not sound: ${things(findings.length, 'fault')}.`),
    h('ul', { class: 'plain' }, r.checks.map((c) => h('li', {}, `Attempt ${number(c.attempt)}: ${things(c.blobs, 'blob')}, ${things(c.documents, 'document')}, ${SIGNATURES[c.signature] ?? c.signature}`))),
    findings.length ? h('ul', {}, findings.slice(0, 100).map((f) => h('li', { class: 'text' }, h('strong', {}, f.kind), ' ', h('span', { class: 'id' }, f.name), ` ${f.detail}`))) : null);
}
