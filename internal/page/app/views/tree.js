// A deletion plan as a tree: places, what is deleted in each, and the things themselves.
import { h } from '../dom.js';
import { number, place, things } from '../format.js';

const SHOWN = 200;

/** tree returns the stages of a plan below the places in which they delete. */
export function tree(stages) {
  const places = new Map();
  for (const s of stages) places.set(s.target, [...(places.get(s.target) ?? []), s]);
  if (places.size === 0) return h('p', { class: 'quiet' }, 'Nothing is to be deleted.');

  return h('ul', { class: 'tree' }, [...places].map(([target, list]) => h('li', {},
    h('details', { open: true, 'data-key': `place ${target}` },
      h('summary', {}, h('span', { class: 'id', title: target }, place(target)), ' ', counts(list)),
      h('ul', {}, list.map(stage))))));
}

/** itemsOf returns how many things a stage deletes; those of a long one are in parts. */
function itemsOf(s) {
  return (s.items?.length ?? 0) + (s.parts ?? []).reduce((n, p) => n + p.items, 0);
}

function counts(list) {
  const sum = (of) => list.reduce((n, s) => n + of(s), 0);
  const others = sum((s) => s.others);
  return [
    h('span', { class: 'count' }, things(sum(itemsOf), 'thing')),
    others ? h('span', { class: 'count bad' }, `${number(others)} of others`) : null,
  ];
}

function stage(s) {
  const items = s.items ?? [];
  const name = s.container ? `${s.type}, as a whole` : s.type;
  const label = [
    h('span', { class: 'id' }, s.endpoint), ` ${name} `, counts([s]),
    s.matching ? h('span', { class: 'count' }, `${number(s.matching)} of the subject`) : null,
  ];
  const stored = itemsOf(s) - items.length;
  if (items.length === 0) return h('li', {}, label, stored ? h('span', { class: 'quiet' }, ' listed in the evidence, part by part') : null);

  return h('li', {}, h('details', { 'data-key': `stage ${s.node}` },
    h('summary', {}, label),
    h('ul', {}, items.slice(0, SHOWN).map(thing)),
    items.length > SHOWN || stored ? h('p', { class: 'quiet' }, `and ${number(items.length - Math.min(items.length, SHOWN) + stored)} more, which the plan in the evidence names.`) : null));
}

function thing(t) {
  return h('li', { class: 'text' },
    h('span', { class: 'id', title: t.url }, t.item),
    t.createdAt ? h('span', { class: 'quiet' }, ` created ${t.createdAt}`) : null,
    t.under?.length ? h('span', { class: 'quiet' }, ` below ${t.under.join(' / ')}`) : null);
}
