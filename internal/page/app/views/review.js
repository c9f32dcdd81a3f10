// What a program can't decide in the copy for the person: to look at, to decide, to release.
import { get, of, send } from '../api.js';
import { ask } from '../dialog.js';
import { h, swap } from '../dom.js';
import { bytes, number, things } from '../format.js';
import { done, empty, facts, failure, loading, section, time, title, who } from '../parts.js';

const NEEDS = { required: 'by somebody', secondPerson: 'by another person than who has ordered it', '': 'not required' };
const DONE = { keep: 'keep', include: 'put in', '': 'nothing yet' };
const NAME_OF = { member: 'name of a member:', item: 'name of the item:' };
const TOP = 50;

/** verdict says in words what becomes of a place for which something is proposed. */
function verdict(v, proposed) { return DONE[v] ?? (isWhole(proposed) ? 'leave out' : 'take out'); }

/** isWhole tells whether something is proposed for a document or a file as a whole. */
function isWhole(proposed) { return proposed !== 'keep'; }

function judged(p) { return `Proposed: ${verdict(p.proposed, p.proposed)}. Decided: ${verdict(p.decided, p.proposed)}.`; }

/** review shows what is uncertain in the copy of a request. */
export function review({ args: [id], signal, me }) {
  const path = `requests/${of(id)}/review`;
  const problem = h('div', {});
  const head = h('div', {}, loading('What is uncertain is looked up …'));
  const list = h('div', {});
  const state = { rule: '', open: false, places: [], next: '', may: false, over: true };
  const view = h('div', {}, title(`Review of the copy of ${id}`, h('a', { class: 'button', href: `#/requests/${of(id)}` }, 'To the request')), problem, head, list);

  async function read(from = '') {
    try {
      const query = new URLSearchParams({ top: TOP, ...(state.rule && { rule: state.rule }), ...(state.open && { open: true }), ...(from && { skiptoken: from }) });
      const [{ body }, mine] = await Promise.all([get(`${path}?${query}`, signal), me]);
      state.may = mine.roles.includes('DSR.Approve');
      state.over = body.releasedBy !== '' && ['making', 'ready'].includes(body.state);
      state.next = body.nextLink ? new URL(body.nextLink).searchParams.get('skiptoken') : '';
      state.places = from ? [...state.places, ...body.value] : body.value;
      swap(problem);
      swap(head, summary(body));
      swap(list, places());
    } catch (err) {
      if (!signal.aborted) swap(head.querySelector('[aria-busy]') ? head : problem, failure(err, () => read()));
    }
  }

  function summary(r) {
    return [
      facts([
        ['Uncertain', things(r.places, 'place')],
        ['Review', NEEDS[r.review] ?? r.review],
        r.askedBy ? ['Copy ordered by', who(r.askedBy)] : null,
        r.releasedBy ? ['Released', h('span', {}, time(r.releasedAt), ', by ', who(r.releasedBy))] : null,
        ['Decisions recorded', number(r.decisions)],
      ]),
      r.incomplete ? h('p', { class: 'box warning' }, 'So many names are known that not all short ones were looked for.') : null,
      r.places > 0 && !state.may ? h('p', { class: 'box' }, 'Who has the role DSR.Approve sees what stands there, decides, and releases the copy.') : null,
      r.rules.length ? section('By rule', h('ul', { class: 'plain' }, r.rules.map(rule))) : null,
      release(r),
    ];
  }

  function rule(r) {
    return h('li', { class: 'place' },
      h('p', {}, h('strong', {}, r.rule), ` – ${things(r.places, 'place')}: ${r.what}. ${judged(r)}`),
      buttons({ rule: r.rule }, r.rule, r.proposed, r.decided));
  }

  function release(r) {
    if (r.state !== 'reviewing' || !state.may) return null;
    return h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', 'data-key': 'release', onclick: go }, 'Release the copy'));
  }

  async function go() {
    const taken = await ask({
      heading: 'Release the copy', action: 'Release it',
      text: 'The worker makes the copy by what is decided, and by what is proposed where nobody has decided. That you have looked at it is recorded.',
      order: () => send('POST', `${path}/release`, {}),
    });
    if (!taken) return;
    done('The copy is released.');
    location.hash = `#/requests/${of(id)}`;
  }

  function places() {
    const rules = ['', ...new Set([...head.querySelectorAll('[data-rule]')].map((e) => e.dataset.rule))];
    const choice = h('select', { id: 'rule', 'data-key': 'rule', onchange: (e) => { state.rule = e.target.value; read(); } },
      rules.map((r) => h('option', { value: r, selected: r === state.rule }, r || 'All')));
    const undecided = h('input', { type: 'checkbox', id: 'open', 'data-key': 'open', checked: state.open, onchange: (e) => { state.open = e.target.checked; read(); } });
    return section('Places',
      h('div', { class: 'field' }, h('label', { for: 'rule' }, 'Rule'), choice),
      h('div', { class: 'check' }, undecided, h('label', { for: 'open' }, 'Only what is not decided')),
      state.places.length ? h('ul', { class: 'plain' }, state.places.map(place)) : empty(state.rule || state.open ? 'No place is left here.' : 'Nothing is uncertain.'),
      state.next ? h('button', { type: 'button', 'data-key': 'more', onclick: () => read(state.next) }, 'Show more') : null);
  }

  function place(p) {
    const what = [NAME_OF[p.name], p.item, p.pointer].filter(Boolean).join(' ');
    return h('li', { class: 'place', 'data-key': p.id },
      h('p', { class: 'text' }, h('strong', {}, p.rule), p.kind ? ` – ${p.kind}: ` : ' ', h('span', { class: 'id' }, what || `${p.part}, entry ${p.entry + 1}`), p.size ? `, ${bytes(p.size)}` : ''),
      p.gone ? h('p', { class: 'quiet' }, 'The document is not stored any more.') : null,
      p.match ? h('p', { class: 'text quote' }, p.before, h('mark', {}, p.match), p.after) : null,
      h('p', { class: 'quiet' }, judged(p)),
      buttons({ places: [p.id] }, `${p.rule} in ${what || p.id}`, p.proposed, p.decided));
  }

  /** buttons decide about places, or about all of a rule. */
  function buttons(which, named, proposed, decided) {
    const key = which.rule ?? which.places[0];
    if (!state.may || state.over) return which.rule ? h('span', { 'data-rule': which.rule }) : null;
    const keep = isWhole(proposed) ? 'include' : 'keep';
    const it = which.rule ? 'all' : 'it';
    const words = { include: `Put ${it} in`, keep: `Keep ${it}`, remove: isWhole(proposed) ? `Leave ${it} out` : `Take ${it} out` };
    const one = (v) => h('button', {
      type: 'button', class: 'small', 'data-key': `${v}-${key}`, 'aria-pressed': String(decided === v), 'aria-label': `${words[v]}: ${named}`,
      onclick: () => decide({ verdict: v, ...which }),
    }, words[v]);
    return h('div', { class: 'buttons', 'data-rule': which.rule ?? false }, one(keep), one('remove'));
  }

  async function decide(body) {
    try {
      await send('POST', path, body);
      done('That is recorded.');
      await read();
    } catch (err) {
      swap(problem, failure(err));
      problem.scrollIntoView({ block: 'nearest' });
    }
  }

  read();
  return view;
}
