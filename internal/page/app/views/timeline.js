// What has happened to a request, and what is still to come.
import { h } from '../dom.js';
import { isTime, person, stateName } from '../format.js';
import { section, time } from '../parts.js';

/** timeline shows the times that are known, in their order. */
export function timeline(s, manifest) {
  const r = s.request;
  const events = [
    r && [r.submittedAt, 'Submitted', r.submittedBy ? `by ${person(r.submittedBy)}` : ''],
    r && [r.receivedAt, 'Received', 'by the worker'],
    manifest && [manifest.closedAt, 'Closed', `attempt ${manifest.attempt}: ${stateName(manifest.status).toLowerCase()}`],
    ...s.types.filter((t) => t.scheduled > 0).map((t) => [t.until, 'Goes on', `${t.type}, which waits`]),
    [s.due, 'Due', manifest?.extension ? `extended: ${manifest.extension.reason ?? ''}` : ''],
  ].filter((e) => e && isTime(e[0]));
  if (events.length === 0) return null;

  events.sort((a, b) => Date.parse(a[0]) - Date.parse(b[0]));
  return section('Timeline', h('ol', { class: 'timeline' }, events.map(([at, what, more]) =>
    h('li', { class: Date.parse(at) > Date.now() ? 'ahead' : false }, h('strong', {}, what), more ? h('span', { class: 'text' }, ` ${more}`) : null, ' ', time(at)))));
}
