// Shows the view that the address names.
import { get } from './api.js';
import { h, announce } from './dom.js';
import { ago } from './format.js';
import { failure } from './parts.js';
import { certificate } from './views/certificate.js';
import { deadLetters } from './views/deadletters.js';
import { deletion } from './views/deletion.js';
import { holds } from './views/holds.js';
import { newRequest } from './views/new.js';
import { overview } from './views/overview.js';
import { request } from './views/request.js';
import { requests } from './views/requests.js';
import { review } from './views/review.js';

const ROUTES = [
  [/^overview$/, overview],
  [/^requests$/, requests],
  [/^requests\/([^/]+)$/, request],
  [/^requests\/([^/]+)\/deletion$/, deletion],
  [/^requests\/([^/]+)\/certificate$/, certificate],
  [/^requests\/([^/]+)\/review$/, review],
  [/^deadletters$/, deadLetters],
  [/^holds$/, holds],
  [/^new$/, newRequest],
];

const NOBODY = { name: '', objectId: '', tenantId: '', roles: [], scopes: [] };
const ASK_AGAIN = 5000;
const TICK = 20000;

const main = document.getElementById('view');
let current = new AbortController();
let first = true;
let me = null;

/** route returns what the address asks for. */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const decoded = path === '' ? 'overview' : path;
  for (const [pattern, view] of ROUTES) {
    const found = pattern.exec(decoded);
    if (found) return { path: decoded, view, args: found.slice(1).map(safelyDecoded), query: new URLSearchParams(query ?? '') };
  }
  return { path: decoded, view: unknown, args: [], query: new URLSearchParams() };
}

function safelyDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unknown() {
  return failure({ message: 'This address leads nowhere. Choose a view above.', status: 404 });
}

function show() {
  const to = route();
  current.abort();
  current = new AbortController();
  for (const link of document.querySelectorAll('#nav a')) {
    const here = to.path.split('/')[0] === link.getAttribute('href').slice(2);
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }

  const asked = me ?? (me = who());
  main.replaceChildren(to.view({ args: to.args, query: to.query, signal: current.signal, me: asked, again: show }));
  if (first) { // the browser puts the focus where it belongs
    first = false;
    return;
  }
  window.scrollTo(0, 0);
  main.focus({ preventScroll: true });
  announce(document.title);
}

/** who returns who has signed in. Without an answer it asks again; nobody has no roles. */
async function who() {
  for (;;) {
    try {
      const { body } = await get('me');
      const roles = body.roles.map((r) => r.replace('DSR.', '')).join(', ') || 'none';
      document.getElementById('who').replaceChildren(h('span', { title: `Roles: ${roles}` }, body.name));
      return body;
    } catch (err) {
      const isOver = err.status > 0 && err.status < 500 && err.status !== 429;
      if (isOver) {
        me = null; // the next view asks again
        return { ...NOBODY, problem: err };
      }
      await new Promise((done) => setTimeout(done, ASK_AGAIN));
    }
  }
}

/** passTime keeps times true that are written as they lie from now. */
function passTime() {
  for (const t of document.querySelectorAll('time[data-ago]')) {
    const words = ago(t.dateTime);
    if (t.textContent !== words) t.textContent = words;
  }
}

function theme() {
  const choice = document.getElementById('theme');
  choice.value = document.documentElement.dataset.theme ?? 'auto';
  choice.addEventListener('change', () => {
    if (choice.value === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice.value;
    try {
      localStorage.setItem('dsr-theme', choice.value);
    } catch {
      // No storage is allowed here: the choice lasts as long as the page.
    }
  });
}

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault(); // the address names a view, and stays
  main.focus();
});
window.addEventListener('hashchange', show);
setInterval(passTime, TICK);
theme();
show();
