// Pieces that several views have.
import { h, announce } from './dom.js';
import { ago, exact, isTime, kindName, left, person, stateName } from './format.js';

/** badge shows a state. */
export function badge(state) { return h('span', { class: `badge ${state}` }, stateName(state)); }

/** time shows a moment as it lies from now; its title has it in full. */
export function time(value, words = ago) {
  if (!isTime(value)) return h('span', { class: 'quiet' }, 'not known');
  return h('time', { datetime: value, title: exact(value), 'data-ago': words === ago }, words(value));
}

/** due shows how long a deadline is away. */
export function due(row, at = row.dueAt ?? row.due) {
  if (!isTime(at) || row.daysLeft === null || row.daysLeft === undefined) return h('span', { class: 'quiet' }, '–');
  const late = row.late || row.daysLeft < 0;
  const near = !late && row.daysLeft <= 7;
  return h('time', { datetime: at, title: `due ${exact(at)}`, class: late ? 'late' : near ? 'near' : '' }, left(row.daysLeft, late, at));
}

/** who shows a person by name; the title has the ids. */
export function who(recorded) { return h('span', { title: recorded || false, class: 'text' }, person(recorded)); }

/** kind shows what is asked for. */
export function kind(k) { return h('span', {}, kindName(k)); }

/** loading shows that something is on its way. */
export function loading(what) {
  return h('div', { class: 'box loading', 'aria-busy': 'true' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), ` ${what}`);
}

/** empty shows that there is nothing, and what to do. */
export function empty(title, ...more) { return h('div', { class: 'box empty' }, h('p', { class: 'strong' }, title), more.length ? h('p', {}, more) : null); }

/** failure shows an error, what helps, and a way to try again. */
export function failure(err, retry) {
  return h('div', { class: 'box error', role: 'alert' },
    h('p', { class: 'strong' }, TITLES[err.code] ?? (err.status === 404 ? 'There is no such thing.' : 'That did not work.')),
    h('p', { class: 'text' }, err.message),
    err.code === 'SignInRequired' ? signIn() : null,
    retry ? h('p', {}, h('button', { type: 'button', onclick: retry, 'data-key': 'try-again' }, 'Try again')) : null);
}

const TITLES = {
  SignInRequired: 'You are not signed in.',
  RoleMissing: 'You may not do this.',
  SecondPersonRequired: 'Another person must approve this.',
  OtherTenant: 'Your directory may not call this.',
  AuthenticationOff: 'Nobody can sign in here yet.',
  Unreachable: 'No answer.',
  TooManyRequests: 'That was too often.',
  OtherPlan: 'The plan has changed.',
};

function signIn() {
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
  if (local) return h('p', {}, 'Open one of the two addresses that ', h('code', {}, 'dsr local'), ' has printed. Each works once.');
  return h('p', {}, h('a', { href: '/.auth/login/aad?post_login_redirect_uri=/api/ui', class: 'button' }, 'Sign in'));
}

/** stale shows above a view that what it shows is old. */
export function stale(err) {
  return h('div', { class: 'box warning', role: 'status' },
    h('p', { class: 'text' }, `What you see may be old: ${err.message}`), err.code === 'SignInRequired' ? signIn() : null);
}

/** table returns a table that a narrow screen shows as cards. */
export function table(caption, columns, rows, attributes) {
  const head = columns.map((c) => h('th', { role: 'columnheader', scope: 'col', class: c.class ?? false }, c.name));
  return h('table', { role: 'table', ...attributes },
    h('caption', { class: attributes?.captioned ? false : 'hidden' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)),
    h('tbody', { role: 'rowgroup' }, rows.map((r) => line(columns, r))));
}

/** line returns a row of a table; cells are in the order of its columns. */
export function line(columns, cells, attributes) {
  return h('tr', { role: 'row', ...attributes }, cells.map((c, i) => h('td', {
    role: 'cell',
    'data-label': columns[i].name,
    class: columns[i].class ?? false,
  }, c)));
}

/** facts returns a list of names and values. */
export function facts(pairs, attributes) {
  return h('dl', { class: 'facts', ...attributes }, pairs.filter(Boolean).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', { class: 'text' }, value))));
}

/** section returns a part of a view with its heading. */
export function section(title, ...children) {
  return h('section', { class: 'part' }, h('h2', {}, title), children);
}

/** title sets the heading of a view and of the window. */
export function title(text, ...more) {
  document.title = `${text} – Data subject requests`;
  return h('div', { class: 'title' }, h('h1', { class: 'text' }, text), more);
}

/** done tells that an order was taken. */
export function done(text) { announce(text); }
