// The form of a new request. The API checks it while it is typed, and once more when it is sent.
import { of, send } from '../api.js';
import { h, swap } from '../dom.js';
import { done, failure, loading, title } from '../parts.js';
import { compose, FIELDS, groupOf } from './fields.js';

const TYPING = 400;

/** newRequest shows the form. */
export function newRequest({ signal, me }) {
  const place = h('div', {}, loading('The form is on its way …'));
  me.then((mine) => {
    const missing = mine.roles.includes('DSR.Operate') ? null : { code: 'RoleMissing', message: 'Who sends a request needs the role DSR.Operate.' };
    const problem = mine.problem ?? missing;
    swap(place, problem ? failure(problem) : new Form(mine, signal).view());
  });
  return h('div', {}, title('New request'), place);
}

class Form {
  constructor(me, signal) {
    this.me = me;
    this.signal = signal;
    this.key = crypto.randomUUID(); // sent with each try, so that a second one makes no second request
    this.touched = new Set();
    this.inputs = {};
    this.errors = {};
    this.asked = 0;
    this.scopes = (me.scopes ?? []).map((name, i) => ({ name, box: h('input', { type: 'checkbox', id: `scope-${i}` }) }));
    this.summary = h('div', { role: 'status' });
    this.submit = h('button', { type: 'submit', class: 'primary' }, 'Send the request');
  }

  view() {
    const form = h('form', { class: 'new', novalidate: true },
      h('fieldset', {}, h('legend', {}, 'What'), this.field('kind'), this.field('what'), this.field('dryRun'), this.field('id'), this.field('regulation'), this.field('dueAt')),
      h('fieldset', {}, h('legend', {}, 'Whom'), h('p', { class: 'help' }, 'Left empty, an export has everybody’s data. A deletion needs a person.'),
        this.field('objectId'), this.field('tenantId'), this.field('userPrincipalName'), this.field('mail'), this.field('displayName')),
      h('fieldset', {}, h('legend', {}, 'How you know that it is them'), h('p', { class: 'help' }, 'The kind of proof, and never what the person has shown.'),
        this.field('method'), this.field('verifiedAt'), this.field('verifiedBy')),
      h('fieldset', {}, h('legend', {}, 'Where'), this.named(),
        this.field('subscriptionId'), this.field('resourceGroup'), this.field('workspaces'), this.field('registries'), this.field('resourceTypes')),
      this.deletes = h('fieldset', {}, h('legend', {}, 'For a deletion'), this.field('confirm'), this.field('acknowledgeOthers'), this.field('eraseExports')),
      this.summary,
      h('div', { class: 'buttons' }, this.submit));

    let typing = 0;
    form.addEventListener('input', (e) => {
      if (e.target.name) this.touched.add(e.target.name);
      this.follow();
      clearTimeout(typing);
      typing = setTimeout(() => this.check(), TYPING);
    });
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      clearTimeout(typing);
      this.send();
    });
    this.follow();
    return form;
  }

  /** named offers the scopes that have a name, which are all that most senders need. */
  named() {
    if (this.scopes.length === 0) return h('p', { class: 'help' }, 'No scope has a name here; the setting DSR_SCOPES gives them names.');
    this.errors.scope = h('p', { class: 'fault', id: 'e-scope' });
    return h('fieldset', { class: 'inner' }, h('legend', {}, 'Scopes by name'),
      this.scopes.map(({ name, box }) => h('div', { class: 'check' }, box, h('label', { for: box.id, class: 'text' }, name))), this.errors.scope);
  }

  field(name) {
    const f = FIELDS[name];
    const id = `n-${name}`;
    const described = [f.help ? `h-${name}` : '', `e-${name}`].join(' ').trim();
    const shared = { id, name, 'aria-describedby': described };
    let input;
    if (f.options) input = h('select', shared, f.options.map(([value, text]) => h('option', { value }, text)));
    else if (f.type === 'lines') input = h('textarea', { ...shared, rows: 3, spellcheck: 'false' });
    else input = h('input', { ...shared, type: f.type ?? 'text', autocomplete: 'off', spellcheck: 'false' });
    this.inputs[name] = input;
    this.errors[name] = h('p', { class: 'fault', id: `e-${name}` });

    const label = h('label', { for: id }, f.label);
    const help = f.help ? h('p', { class: 'help', id: `h-${name}` }, f.help) : null;
    return f.type === 'checkbox'
      ? h('div', { class: 'field' }, h('div', { class: 'check' }, input, label), help, this.errors[name])
      : h('div', { class: 'field' }, label, input, help, this.errors[name]);
  }

  /** follow shows only what the kind of request can have. */
  follow() {
    const deletes = this.inputs.kind.value !== 'export';
    this.deletes.hidden = !deletes;
    const both = this.inputs.kind.value === 'exportThenDelete'; // it keeps all that it reads
    this.inputs.dryRun.closest('.field').hidden = !deletes;
    if (both) this.inputs.what.value = 'all';
    this.inputs.what.closest('.field').hidden = both;
  }

  request() {
    const values = Object.fromEntries(Object.entries(this.inputs).map(([n, i]) => [n, i.type === 'checkbox' ? i.checked : i.value.trim()]));
    return compose(values, this.scopes.filter((s) => s.box.checked).map((s) => s.name));
  }

  /** check asks the API whether the request could be sent. */
  async check() {
    const turn = ++this.asked;
    try {
      const result = await send('POST', 'requests?validateOnly=true', this.request(), this.headers(), this.signal);
      if (turn !== this.asked) return;
      this.show(result.errors, false);
      swap(this.summary, result.valid ? h('p', { class: 'good' }, 'The request can be sent.') : null);
    } catch (err) {
      if (turn === this.asked && !this.signal.aborted) this.fail(err);
    }
  }

  async send() {
    const turn = ++this.asked;
    this.submit.disabled = true;
    swap(this.summary, loading('The request is being sent …'));
    try {
      const sent = await send('POST', 'requests', this.request(), this.headers(), this.signal);
      done('The request is sent.');
      location.hash = `#/requests/${of(sent.id)}`;
    } catch (err) {
      if (turn === this.asked && !this.signal.aborted) this.fail(err, true);
    } finally {
      this.submit.disabled = false;
    }
  }

  headers() { return { 'Idempotency-Key': this.key }; }

  fail(err, sent) {
    if (err.code === 'IdempotencyKeyReused') this.key = crypto.randomUUID();
    const first = this.show(err.errors ?? [], sent);
    if (first) {
      swap(this.summary, h('p', { class: 'box error', role: 'alert' }, 'Some of it is not right yet; each field says what.'));
      first.focus();
    } else {
      swap(this.summary, failure(err));
    }
  }

  /** show puts each fault at its field and returns the first such field. all: also untouched ones. */
  show(faults, all) {
    for (const [name, place] of Object.entries(this.errors)) {
      place.textContent = '';
      this.inputs[name]?.removeAttribute('aria-invalid');
    }
    const rest = [];
    let first = null;
    for (const fault of faults) {
      const named = groupOf(fault.field);
      const name = named === 'scope' && !this.errors.scope ? 'subscriptionId' : named;
      const isTouched = this.touched.has(name) || (name === 'scope' && this.scopes.some((s) => s.box.checked));
      if (!this.errors[name]) {
        rest.push(fault);
      } else if (all || isTouched) {
        this.errors[name].textContent = fault.message;
        this.inputs[name]?.setAttribute('aria-invalid', 'true');
        first ??= this.inputs[name] ?? this.scopes[0]?.box;
      }
    }
    if (all && rest.length) {
      swap(this.summary, h('ul', { class: 'box error' }, rest.map((f) => h('li', { class: 'text' }, `${f.field} ${f.message}`))));
    }
    return first;
  }
}
