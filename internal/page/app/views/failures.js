// What failed, why, and what helps.
import { h } from '../dom.js';
import { place, things } from '../format.js';
import { section } from '../parts.js';

const SHOWN = 25;

/** failures shows what failed, by reason. retry is there if it can be retried. */
export function failures(s, retry) {
  const all = s.failures ?? [];
  if (all.length === 0) return s.error ? section('Failures', h('p', { class: 'text' }, h('strong', {}, s.error.code), `: ${s.error.message}`)) : null;

  const reasons = new Map();
  for (const f of all) reasons.set(f.reason, [...(reasons.get(f.reason) ?? []), f]);
  const groups = [...reasons].sort(([, a], [, b]) => b.length - a.length);

  return section('Failures',
    h('p', {}, things(all.length, 'failure'), ' in the manifest', all.length >= 1000 ? ', which names the first 1,000' : '', '.'),
    groups.map(([reason, list]) => group(reason, list)),
    retry ? h('p', {}, h('button', { type: 'button', class: 'primary', 'data-key': 'retry-all', onclick: retry }, 'Retry what failed')) : null);
}

/** words says what a failure means and what helps, which the API has in the terminal's words. */
export function words(f) {
  return [f.meaning, f.remedy].filter(Boolean).map(sentence).join(' ');
}

function sentence(text) {
  const plain = text.replaceAll('then `dsr retry`', 'then retry').replaceAll('`dsr retry`', 'a retry').replaceAll('`', '');
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}.`;
}

function group(reason, list) {
  return h('div', { class: 'box reason' },
    h('h3', { class: 'text' }, reason, h('span', { class: 'quiet' }, ` ${things(list.length, 'time')}`)),
    h('p', { class: 'text' }, words(list[0])),
    h('details', { 'data-key': `failures ${reason}`, open: list.length <= 3 },
      h('summary', {}, 'What it is on'),
      h('ul', { class: 'plain' }, list.slice(0, SHOWN).map(item)),
      list.length > SHOWN ? h('p', { class: 'quiet' }, `and ${things(list.length - SHOWN, 'more', 'more')}: the manifest has all of them.`) : null));
}

function item(f) {
  return h('li', {},
    h('span', { class: 'id', title: f.target }, [f.endpoint, f.item || place(f.target)].filter(Boolean).join('  ')),
    h('p', { class: 'text quiet' }, f.error));
}
