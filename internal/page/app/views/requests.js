// The list of requests: filtered, searched, sorted, and kept up to date.
import { get, of } from '../api.js';
import { focusAgain, h, swap } from '../dom.js';
import { live } from '../live.js';
import { kindName, number, things } from '../format.js';
import { badge, due, empty, failure, line, loading, stale, table, time, title } from '../parts.js';

const PAGE = 200;
// The open requests are loaded to the end up to this many rows; more come on demand.
const EAGER = 1000;
const TYPING = 250;

const COLUMNS = [
  { name: 'Request' },
  { name: 'State' },
  { name: 'Kind' },
  { name: 'Subject' },
  { name: 'Deadline' },
  { name: 'Progress' },
  { name: 'Failures', class: 'number' },
  { name: 'Submitted' },
];

const FILTERS = [
  { name: 'state', label: 'State', options: [['', 'All'], ['open', 'Open'], ['closed', 'Closed'], ['awaitingApproval', 'Awaits approval'], ['running', 'Running'], ['received', 'Received'], ['succeeded', 'Succeeded'], ['partiallyFailed', 'Partly failed'], ['failed', 'Failed'], ['canceled', 'Canceled'], ['rejected', 'Rejected']] },
  { name: 'kind', label: 'Kind', options: [['', 'All'], ['export', 'Export'], ['delete', 'Deletion'], ['exportThenDelete', 'Export, then deletion']] },
  { name: 'due', label: 'Deadline', options: [['', 'All'], ['soon', 'Within a week'], ['late', 'Late']] },
  { name: 'sort', label: 'Sort', options: [['', 'Most urgent first'], ['submitted', 'Latest first']] },
];

/** requests shows the list. */
export function requests({ query, signal }) {
  const list = new List(query, signal);
  return list.view();
}

/** List keeps the rows that are shown, page by page. */
class List {
  constructor(query, signal) {
    this.filter = Object.fromEntries(['state', 'kind', 'due', 'sort', 'q'].map((n) => [n, query.get(n) ?? '']));
    this.signal = signal;
    this.rows = new Map(); // id → { element, text }
    this.pages = 1;
    this.next = '';
    this.asked = 0;
    this.body = h('tbody', { role: 'rowgroup' });
    this.table = table('Requests', COLUMNS, [], { class: 'list' });
    this.table.tBodies[0].replaceWith(this.body);
    this.table.hidden = true;
    this.notice = h('div', {}, loading('The requests are on their way …'));
    this.old = h('div', {});
    this.count = h('p', { class: 'quiet', role: 'status' });
    this.more = h('button', { type: 'button', hidden: true, onclick: () => { this.pages++; this.live.now(); } }, 'Show more');
  }

  view() {
    const view = h('div', {}, title('Requests', h('a', { class: 'button', href: '#/new' }, 'New request')),
      this.form(), this.count, this.old, this.notice, this.table, h('p', {}, this.more));
    this.live = live(() => this.ask(), (err) => this.failed(err), this.signal);
    return view;
  }

  form() {
    let typing = 0;
    const search = h('input', { id: 'f-q', type: 'search', value: this.filter.q, placeholder: 'Part of the id, or the subject’s reference', maxlength: 200 });
    search.addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.choose('q', search.value.trim()), TYPING);
    });

    const selects = FILTERS.map((f) => {
      const select = h('select', { id: `f-${f.name}` }, f.options.map(([value, text]) => h('option', { value }, text)));
      select.value = this.filter[f.name];
      select.addEventListener('change', () => this.choose(f.name, select.value));
      return h('div', { class: 'field' }, h('label', { for: `f-${f.name}` }, f.label), select);
    });

    return h('form', { class: 'filters', role: 'search', 'aria-label': 'Requests', onsubmit: (e) => e.preventDefault() },
      h('div', { class: 'field wide' }, h('label', { for: 'f-q' }, 'Search'), search), selects);
  }

  /** choose changes a filter, and the address with it, so that it can be passed on. */
  choose(name, value) {
    if (this.filter[name] === value) return;
    this.filter[name] = value;
    this.pages = 1;
    const q = this.parameters().toString();
    history.replaceState(null, '', `#/requests${q ? `?${q}` : ''}`);
    this.live.now();
  }

  parameters() {
    return new URLSearchParams(Object.entries(this.filter).filter(([, v]) => v !== ''));
  }

  /** ask reads as many pages as are shown, and shows each as soon as it is there. */
  async ask() {
    const turn = ++this.asked;
    const wanted = this.parameters();
    wanted.set('top', String(PAGE));
    const seen = [];
    let changed = false;
    let token = '';
    for (let page = 0; ; page++) {
      if (token) wanted.set('skiptoken', token);
      const { body } = await get(`requests?${wanted}`, this.signal);
      if (turn !== this.asked) return { changed: true }; // the filter is another one by now

      seen.push(...body.value);
      token = body.nextLink ? new URL(body.nextLink, location.href).searchParams.get('skiptoken') ?? '' : '';
      changed = this.show(seen, body.value, token === '' ) || changed;
      if (!token || !this.wantsMore(page + 1, seen)) break;
    }

    this.next = token;
    changed = this.finish(seen) || changed;
    return { changed };
  }

  wantsMore(pages, seen) {
    if (pages < this.pages || seen.length === 0) return true;
    return seen.length < EAGER && isOpen(seen.at(-1).state);
  }

  /** show puts the rows of one page where they belong. */
  show(seen, rows) {
    let changed = false;
    let before = seen.length > rows.length ? this.rows.get(seen[seen.length - rows.length - 1].id)?.element : null;
    const fragment = [];
    for (const row of rows) {
      const text = JSON.stringify(row) + dayOf(row);
      let known = this.rows.get(row.id);
      if (!known || known.text !== text) {
        changed = true;
        const element = this.line(row);
        known?.element.replaceWith(element);
        known = { element, text };
        this.rows.set(row.id, known);
      }
      fragment.push(known.element);
    }
    // Rows that stand in their order already stay, and with them the focus.
    let at = before ? before.nextSibling : this.body.firstChild;
    for (const element of fragment) {
      if (element === at) at = at.nextSibling;
      else this.body.insertBefore(element, at);
    }
    if (rows.length > 0) this.reveal();
    return changed;
  }

  reveal() {
    this.table.hidden = false;
    if (this.notice.firstChild) swap(this.notice);
  }

  /** finish removes what is not in the list any more. */
  finish(seen) {
    const ids = new Set(seen.map((r) => r.id));
    let changed = false;
    for (const [id, { element }] of this.rows) {
      if (ids.has(id)) continue;
      const hadFocus = element.contains(document.activeElement);
      element.remove();
      if (hadFocus) focusAgain();
      this.rows.delete(id);
      changed = true;
    }

    this.more.hidden = !this.next;
    const late = seen.filter((r) => r.late).length;
    const text = `${things(seen.length, 'request')}${this.next ? ' so far' : ''}${late ? `, ${number(late)} late` : ''}`;
    if (this.count.textContent !== text) this.count.textContent = text;
    this.table.hidden = seen.length === 0;
    if (seen.length === 0) swap(this.notice, this.nothing());
    else if (this.notice.firstChild) swap(this.notice);
    return changed;
  }

  nothing() {
    if (this.parameters().toString() !== '') return empty('No request is like that.', 'Choose other filters above.');
    return empty('There are no requests yet.', h('a', { href: '#/new' }, 'Send the first one'), ', or let a sender send it.');
  }

  line(row) {
    const open = isOpen(row.state);
    return line(COLUMNS, [
      h('a', { class: 'id', href: `#/requests/${of(row.id)}` }, row.id),
      [badge(row.state), row.reason ? h('span', { class: 'why text' }, ' ', row.reason) : null],
      kindName(row.kind),
      row.subject ? h('span', { class: 'id' }, row.subject) : h('span', { class: 'quiet' }, 'everybody or not shown'),
      open ? due(row) : [h('span', { class: 'quiet' }, 'closed '), time(row.closedAt)],
      open ? h('progress', { max: 100, value: row.progress, 'aria-label': `Progress of ${row.id}`, title: `${row.progress} %` }) : h('span', { class: 'quiet' }, '–'),
      row.failures ? h('span', { class: 'bad' }, number(row.failures)) : '0',
      time(row.submittedAt),
    ], { class: row.late ? 'is-late' : false });
  }

  failed(err) {
    if (!err) {
      swap(this.old);
      return;
    }
    if (this.rows.size > 0) swap(this.old, stale(err));
    else swap(this.notice, failure(err, () => this.live.now()));
  }
}

function isOpen(state) { return ['received', 'running', 'awaitingApproval'].includes(state); }

/** dayOf makes a row that is late by another number of hours another row. */
function dayOf(row) { return row.late ? Math.floor(Date.now() / 3600e3) : ''; }
