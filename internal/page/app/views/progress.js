// How far a request is, by resource type, and what it has cost.
import { h, svg } from '../dom.js';
import { bytes, duration, number, things } from '../format.js';
import { facts, section, table, time } from '../parts.js';

const COLUMNS = [
  { name: 'Resource type' },
  { name: 'Share', class: 'share' },
  { name: 'Done', class: 'number' },
  { name: 'Waiting', class: 'number' },
  { name: 'Scheduled', class: 'number' },
  { name: 'Failed', class: 'number' },
];

/** progress shows the tasks of each type. retry is there if what failed can be retried. */
export function progress(s, retry) {
  if (s.state === 'refused') return null;
  if (s.types.length === 0) {
    const text = s.state === 'received' ? 'There is no plan yet: what there is to do is still being found out.' : 'The plan has no tasks.';
    return section('Progress', h('p', { class: 'quiet' }, text));
  }

  const all = s.types.reduce((sum, t) => sum + total(t), 0);
  const over = s.types.reduce((sum, t) => sum + t.done + t.failed, 0);
  const waits = s.types.filter((t) => t.scheduled > 0 && t.until);
  return section('Progress',
    h('p', {}, `${number(over)} of ${things(all, 'task')} are over`, waits.length ? [`; ${things(waits.reduce((n, t) => n + t.scheduled, 0), 'task goes on', 'tasks go on')} `, time(waits.map((t) => t.until).sort().at(-1))] : null, '.'),
    table('Progress by resource type', COLUMNS, s.types.map((t) => row(t, retry))));
}

function total(t) { return t.done + t.failed + t.waiting + t.scheduled; }

function row(t, retry) {
  return [
    h('span', { class: 'id' }, t.type),
    bar(t),
    number(t.done),
    number(t.waiting),
    t.scheduled ? h('span', {}, number(t.scheduled), ', ', time(t.until)) : '0',
    t.failed ? h('span', { class: 'bad' }, number(t.failed), ' ', retry ? h('button', { type: 'button', class: 'small', 'data-key': `retry ${t.type}`, 'aria-label': `Retry ${t.type}`, onclick: () => retry(t.type) }, 'Retry') : null) : '0',
  ];
}

/** bar draws how much is done, failed, scheduled and waiting. */
function bar(t) {
  const sum = total(t) || 1;
  let x = 0;
  const parts = ['done', 'failed', 'scheduled'].map((name) => {
    const width = (100 * t[name]) / sum;
    const rect = svg('rect', { class: name, x, y: 0, width, height: 8 });
    x += width;
    return rect;
  });
  const percent = Math.floor((100 * (t.done + t.failed)) / sum);
  return svg('svg', { class: 'bar', viewBox: '0 0 100 8', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${percent} % over` },
    svg('rect', { class: 'rest', x: 0, y: 0, width: 100, height: 8 }), parts);
}

/** cost shows what the attempt has asked of the services that Azure bills. */
export function cost(c) {
  if (!c) return null;
  return section('Cost',
    h('p', { class: 'quiet' }, 'What this attempt asked of the services that Azure bills. Multiply by your region’s prices.'),
    facts([
      ['Calls to Azure ML', number(c.upstreamCalls)],
      ['Read from there', bytes(c.bytesRead)],
      ['Written to storage', `${bytes(c.bytesWritten)} in ${things(c.storageWrites, 'write')}`],
      ['Reads of storage', number(c.storageReads)],
      ['Listings of storage', number(c.storageLists)],
      ['Service Bus operations', number(c.messages)],
      ['Invocations', `${number(c.invocations)}, ${duration(c.milliseconds)} in all`],
    ]));
}
