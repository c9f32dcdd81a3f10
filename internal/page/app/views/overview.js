// How things stand.
import { get, of } from '../api.js';
import { h, swap } from '../dom.js';
import { throughput } from '../chart.js';
import { live } from '../live.js';
import { number } from '../format.js';
import { badge, failure, loading, section, stale, time, title } from '../parts.js';

/** overview counts what is open, urgent and dead, and draws the last 30 days. */
export function overview({ signal }) {
  const old = h('div', {});
  const body = h('div', {}, loading('The numbers are on their way …'));
  let last = '';

  const asking = live(async () => {
    const { body: o } = await get('overview', signal);
    const text = JSON.stringify(o);
    const changed = text !== last;
    last = text;
    if (changed) swap(body, shown(o));
    return { changed: false, retryAfter: 15 };
  }, (err) => {
    if (!err) swap(old);
    else if (last) swap(old, stale(err));
    else swap(body, failure(err, () => asking.now()));
  }, signal);

  return h('div', {}, title('Overview'), old, body);
}

function shown(o) {
  return [
    h('ul', { class: 'numbers' },
      big('Open', o.open, '#/requests?state=open'),
      big('Due this week', o.dueThisWeek, '#/requests?due=soon', o.dueThisWeek > 0 ? 'near' : ''),
      big('Late', o.late, '#/requests?due=late', o.late > 0 ? 'late' : ''),
      big('Await approval', o.awaitingApproval, '#/requests?state=awaitingApproval', o.awaitingApproval > 0 ? 'near' : ''),
      big('Dead letters', o.deadLetters, '#/deadletters', o.deadLetters > 0 ? 'late' : '')),
    section('Closed in the last 30 days', throughput(o.perDay ?? [])),
    section('Last bulk run', bulk(o.lastBulk)),
  ];
}

function big(name, n, href, look) {
  const known = n !== null && n !== undefined;
  return h('li', {}, h('a', { href, class: look || false, 'data-key': `number ${name}` },
    h('span', { class: 'big' }, known ? number(n) : '?'), h('span', {}, known ? name : `${name}: not known`)));
}

function bulk(row) {
  if (!row) return h('p', { class: 'quiet' }, 'None in these days. The timer bulk_export starts them.');
  return h('p', {}, badge(row.state), ' ', h('a', { class: 'id', href: `#/requests/${of(row.id)}` }, row.id), ' submitted ', time(row.submittedAt),
    row.failures ? h('span', { class: 'bad' }, ` ${number(row.failures)} failed`) : null);
}
