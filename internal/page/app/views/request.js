// One request: how far it is, what failed and what helps, what proves it.
import { get, of, send } from '../api.js';
import { h, swap } from '../dom.js';
import { ask } from '../dialog.js';
import { live } from '../live.js';
import { day, kindName, number, things } from '../format.js';
import { badge, done, due, facts, failure, loading, section, stale, time, title, who } from '../parts.js';
import { personCopy } from './copy.js';
import { evidence } from './evidence.js';
import { failures } from './failures.js';
import { cost, progress } from './progress.js';
import { timeline } from './timeline.js';

const COPIED = ['succeeded', 'partiallyFailed', 'canceled'];
const OPEN = ['received', 'running', 'awaitingApproval'];

/** request shows one request, and keeps it up to date. */
export function request({ args: [id], signal, me, again }) {
  const view = new One(id, signal, me, again);
  return view.start();
}

class One {
  constructor(id, signal, me, again) {
    Object.assign(this, { id, signal, again, path: `requests/${of(id)}`, mine: { roles: [] } });
    this.head = h('div', {}, title(id));
    this.old = h('div', {});
    this.parts = {};
    for (const name of ['summary', 'actions', 'dead', 'progress', 'failures', 'timeline', 'cost']) this.parts[name] = h('div', {}, name === 'summary' ? loading('The request is on its way …') : null);
    this.proof = h('div', {});
    this.handed = h('div', {});
    this.shown = {};
    me.then((m) => {
      this.mine = m;
      if (this.last) this.show(this.last);
    });
  }

  start() {
    this.live = live(() => this.ask(), (err) => this.failed(err), this.signal);
    const p = this.parts;
    return h('div', {}, this.head, this.old, p.summary, p.actions, p.dead, p.progress, p.failures, this.handed, this.proof, p.timeline, p.cost);
  }

  async ask() {
    const { body, retryAfter } = await get(this.path, this.signal);
    const changed = JSON.stringify(body) !== JSON.stringify(this.last);
    this.last = body;
    this.show(body);
    // What is closed changes only by an order, such as a retry at a terminal.
    return { changed: changed && OPEN.includes(body.state), retryAfter: OPEN.includes(body.state) ? Math.min(retryAfter, 5) : 30 };
  }

  failed(err) {
    if (!err) swap(this.old);
    else if (this.last) swap(this.old, stale(err));
    else swap(this.parts.summary, failure(err, () => this.live.now()));
  }

  may(role) { return this.mine.roles.includes(role); }

  /** put shows a part again if what it shows is another than before. */
  put(name, of, make) {
    const text = JSON.stringify(of) ?? '';
    if (this.shown[name] === text) return;
    this.shown[name] = text;
    swap(this.parts[name], make());
  }

  show(s) {
    const roles = this.mine.roles;
    this.put('summary', [s.kind, s.state, s.due, s.daysLeft, s.canceling, s.refusal, s.verification, s.paused, s.whose, s.request, s.attempt], () => this.summary(s));
    this.put('actions', [s.state, s.kind, s.canceling, s.request?.dryRun, roles], () => this.actions(s));
    this.put('dead', [s.deadLetters, s.deadLettersUnknown], () => dead(s));
    this.put('progress', [s.types, s.state, roles], () => progress(s, this.may('DSR.Operate') && isRetryable(s) ? (type) => this.retry([type]) : null));
    this.put('failures', [s.failures, s.state, s.error, roles], () => failures(s, this.may('DSR.Operate') && isRetryable(s) ? () => this.retry([]) : null));
    this.put('timeline', [s.request, s.state, s.due, s.types, s.attempt], () => timeline(s, this.manifest));
    this.put('cost', s.cost, () => cost(s.cost));
    this.prove(s);
    this.hand(s);
  }

  /** hand offers the copy for the person, where there can be one. */
  hand(s) {
    const text = `${s.state} ${this.may('DSR.Operate')}`;
    const canBe = COPIED.includes(s.state) && s.kind !== 'delete' && s.request?.subject;
    if (!canBe || this.handedFor === text) return;
    this.handedFor = text;
    if (this.copy) {
      this.copy.now();
      return;
    }
    this.copy = personCopy(this.path, {
      mayOrder: () => this.may('DSR.Operate') && COPIED.includes(this.last.state),
      isPartial: () => this.last.state !== 'succeeded',
      signal: this.signal,
    });
    swap(this.handed, this.copy.node);
  }

  /** prove offers the evidence once the attempt is closed. */
  prove(s) {
    const text = `${s.attempt} ${s.state} ${this.may('DSR.Operate')}`;
    if (this.proved === text) return;
    this.proved = text;
    const isClosed = !OPEN.includes(s.state) && s.state !== 'refused';
    const read = (m) => {
      this.manifest = m;
      delete this.shown.timeline;
      this.show(this.last);
    };
    swap(this.proof, isClosed ? evidence(this.path, { mayVerify: this.may('DSR.Operate'), signal: this.signal, read }) : null);
  }

  summary(s) {
    const r = s.request;
    return [
      h('p', { class: 'states' }, badge(s.state), s.canceling ? h('span', { class: 'badge canceled' }, s.refusal ? 'Being rejected' : 'Being canceled') : null,
        OPEN.includes(s.state) ? due(s) : null),
      facts([
        ['Kind', kindName(s.kind)],
        ['Subject', r ? (r.subject ? r.subject.objectId || 'named without an object id' : 'everybody') : 'not known yet'],
        s.whose ? ['Keeps', s.whose === 'subject' ? 'what is the subject’s, hangs on it, or names the subject' : 'everybody’s documents in the scope'] : null,
        r && s.kind !== 'export' ? ['Deletes', r.what === 'subject' ? 'what is the subject’s own' : 'everything in the scope'] : null,
        r ? ['Submitted by', who(r.submittedBy)] : null,
        r?.source ? ['Source', r.source] : null,
        r?.regulation ? ['Regulation', r.regulation] : null,
        r?.resourceTypes?.length ? ['Only', r.resourceTypes.join(', ')] : null,
        r?.dryRun ? ['Dry run', 'yes: it ends after the plan'] : null,
        s.verification ? ['Person identified', `${s.verification.method}, ${day(s.verification.verifiedAt)}, by ${s.verification.verifiedBy}`] : null,
        s.paused ? ['Clock', `stood still from ${day(s.paused.from)} until ${day(s.paused.until)}, while the person was asked for proof of identity`] : null,
        s.refusal ? ['Refused because', s.refusal.reason] : null,
        ['Attempt', number(s.attempt)],
      ]),
    ];
  }

  actions(s) {
    const open = OPEN.includes(s.state);
    const deletes = s.kind === 'delete' || s.kind === 'exportThenDelete';
    const path = `#/requests/${of(this.id)}`;
    const buttons = [
      deletes ? h('a', { class: s.state === 'awaitingApproval' ? 'button primary' : 'button', href: `${path}/deletion` }, s.state === 'awaitingApproval' ? 'Look at the plan and decide' : 'Deletion plan') : null,
      deletes && !open && s.state !== 'refused' ? h('a', { class: 'button', href: `${path}/certificate` }, 'Certificate') : null,
      this.may('DSR.Operate') && isRetryable(s) ? this.button('retry', 'Retry what failed', () => this.retry([]), 'primary') : null,
      this.may('DSR.Operate') && open ? this.button('extend', 'Extend the deadline', () => this.extend()) : null,
      this.may('DSR.Operate') && open && !s.canceling ? this.button('cancel', 'Cancel', () => this.cancel(s), 'danger') : null,
      this.may('DSR.Approve') && open && !s.canceling && s.state !== 'awaitingApproval' ? this.button('refuse', 'Refuse', () => this.refuse(), 'danger') : null,
    ].filter(Boolean);
    return buttons.length ? h('div', { class: 'buttons' }, buttons) : null;
  }

  button(key, text, onclick, look) { return h('button', { type: 'button', 'data-key': key, class: look ?? false, onclick }, text); }

  async order(options, said) {
    if (!(await ask(options))) return;
    done(said);
    this.live.now();
  }

  retry(only) {
    const text = only.length ? `The next attempt repeats what failed of ${only.join(', ')}.` : 'The next attempt repeats what failed, and nothing else.';
    return this.order({
      heading: 'Retry', text, action: 'Retry',
      fields: [{ name: 'reason', label: 'Reason', type: 'text' }],
      order: ({ reason }) => send('POST', `${this.path}/retry`, { reason, only }),
    }, 'The retry is ordered.');
  }

  extend() {
    return this.order({
      heading: 'Extend the deadline', action: 'Extend',
      text: 'A deadline can be extended once. The person must be told within a month of the receipt, with the reasons.',
      fields: [
        { name: 'until', label: 'Until', type: 'date', help: 'Left empty: as far as the law allows.' },
        { name: 'reason', label: 'Reason', type: 'text', required: true },
      ],
      order: ({ until, reason }) => send('POST', `${this.path}/extend`, until ? { reason, until } : { reason }),
    }, 'The deadline is extended.');
  }

  cancel(s) {
    const begun = s.kind === 'export' ? '' : ' What is deleted already stays deleted, and the certificate says so.';
    return this.order({
      heading: 'Cancel the request', action: 'Cancel the request', danger: true,
      text: `Nothing more is begun.${begun}`,
      fields: [{ name: 'reason', label: 'Reason', type: 'text', required: true }],
      order: ({ reason }) => send('DELETE', this.path, { reason }),
    }, 'The cancel is ordered.');
  }

  refuse() {
    return this.order({
      heading: 'Refuse the request', action: 'Refuse the request', danger: true,
      text: 'The request ends as rejected, and the evidence keeps the reason: put no names into it. Tell the person within a month of the receipt why, and that they may complain.',
      fields: [{ name: 'reason', label: 'Reason', type: 'text', required: true }],
      order: ({ reason }) => send('POST', `${this.path}/refuse`, { reason }),
    }, 'The refusal is ordered.');
  }
}

function isRetryable(s) { return ['failed', 'partiallyFailed', 'canceled'].includes(s.state); }

function dead(s) {
  if (s.deadLettersUnknown) return h('p', { class: 'box warning text' }, `The dead letters could not be read: ${s.deadLettersUnknown}`);
  if (!s.deadLetters?.length) return null;
  return section('Dead letters',
    h('p', {}, `${things(s.deadLetters.length, 'refused message has', 'refused messages have')} the id of this request. `, h('a', { href: '#/deadletters' }, 'Look after them')),
    h('ul', { class: 'plain' }, s.deadLetters.map((d) => h('li', { class: 'text' }, h('strong', {}, d.reason), ` in ${d.queue}: ${d.description}`))));
}
