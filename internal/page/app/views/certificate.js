// What a closed deletion has deleted, and what proves it: to read and to print.
import { get, of } from '../api.js';
import { h, swap } from '../dom.js';
import { exact, isTime, number, place, things } from '../format.js';
import { badge, facts, failure, loading, section, table, title } from '../parts.js';
import { words } from './failures.js';

const COLUMNS = [
  { name: 'Row' },
  { name: 'Type' },
  { name: 'Deleted', class: 'number' },
  { name: 'Already gone', class: 'number' },
  { name: 'Taken along', class: 'number' },
  { name: 'Perhaps kept', class: 'number' },
  { name: 'Held', class: 'number' },
  { name: 'Failed', class: 'number' },
  { name: 'Canceled', class: 'number' },
];

/** certificate shows the certificate of a request. */
export function certificate({ args: [id], signal }) {
  const body = h('div', {}, loading('The certificate is on its way …'));

  async function read() {
    try {
      const { body: c } = await get(`requests/${of(id)}/certificate`, signal);
      swap(body, shown(c));
    } catch (err) {
      if (!signal.aborted) swap(body, failure(err, read));
    }
  }
  read();

  return h('div', { class: 'certificate' },
    title('Certificate of deletion',
      h('button', { type: 'button', class: 'primary', onclick: () => window.print() }, 'Print'),
      h('a', { class: 'button', href: `#/requests/${of(id)}` }, 'To the request')), body);
}

function shown(answer) {
  const c = { ...answer, rows: answer.rows ?? [], notDeleted: answer.notDeleted ?? [] };
  const rows = c.rows;
  const partial = rows.some((r) => r.softDeleted + r.held + r.failed + r.canceled > 0) || c.notDeleted.length > 0;
  return [
    h('p', { class: `box ${partial ? 'warning' : 'good'}` }, partial ? 'Not everything that was planned is deleted.' : 'Everything that was planned is deleted.'),
    facts([
      ['Request', c.id],
      ['Attempt', number(c.attempt)],
      ['Result', badge(c.status)],
      ['Subject', c.objectId || 'named without an object id'],
      ['Deleted', c.what === 'subject' ? 'what was the subject’s own' : 'everything in the scope'],
      ['Submitted by', c.submittedBy || 'nobody named'],
      ['Approved by', c.approvedBy || 'nobody'],
      isTime(c.approvedAt) ? ['Approved', exact(c.approvedAt)] : null,
      ['Closed', exact(c.closedAt)],
      ['SHA-256 of the plan', h('span', { class: 'id' }, c.planSha256 || 'there was none')],
      ['SHA-256 of the manifest', h('span', { class: 'id' }, c.manifestSha256)],
    ]),
    section('What became of each thing', rowsTable('What became of each thing', rows)),
    (c.earlier ?? []).map((e) => section(`Attempt ${number(e.attempt)}, approved by ${e.approvedBy || 'nobody'}`, rowsTable(`What attempt ${e.attempt} deleted`, e.rows))),
    notDeleted(c.notDeleted),
    mentions(c),
    copies(c.remainingCopies ?? []),
  ];
}

function rowsTable(caption, rows) {
  if (rows.length === 0) return h('p', { class: 'quiet' }, 'Nothing was planned.');
  return table(caption, COLUMNS, rows.map((r) => [r.endpoint, r.type, ...[r.deleted, r.alreadyGone, r.takenAlong ?? 0, r.softDeleted, r.held, r.failed, r.canceled].map(number)]));
}

function notDeleted(list) {
  if (list.length === 0) return null;
  return section('What is not deleted', h('ul', { class: 'plain' }, list.slice(0, 200).map((f) => h('li', {},
    h('p', { class: 'text' }, h('span', { class: 'id', title: f.target }, [f.endpoint, f.item || place(f.target)].join('  ')), ' ', h('strong', {}, f.reason), `: ${f.error}`),
    h('p', { class: 'text quiet' }, words(f))))),
  list.length > 200 ? h('p', { class: 'quiet' }, `${things(list.length, 'thing')} in all; the manifest has them.`) : null);
}

function mentions(c) {
  const count = (c.mentions?.length ?? 0) + c.mentionsOmitted;
  if (count === 0) return null;
  return section('Documents that mention the subject and stay', h('ul', { class: 'plain' }, (c.mentions ?? []).slice(0, 200).map((m) => h('li', { class: 'text' }, h('span', { class: 'id', title: m.url }, [m.endpoint, m.item].join('  ')), ` in ${place(m.target)}`))),
    count > 200 ? h('p', { class: 'quiet' }, `${number(count)} in all.`) : null);
}

function copies(list) {
  if (list.length === 0) return null;
  return section('Copies that remain', h('ul', { class: 'plain' }, list.map((r) => h('li', { class: 'text' }, `Export ${r.id}, attempt ${number(r.attempt)}, is kept until ${exact(r.until)}.`))));
}
