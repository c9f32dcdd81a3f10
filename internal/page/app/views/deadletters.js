// Messages that the worker refused, and what to do with each.
import { get, of, send } from '../api.js';
import { h, swap } from '../dom.js';
import { ask } from '../dialog.js';
import { live } from '../live.js';
import { things } from '../format.js';
import { done, empty, failure, loading, stale, time, title } from '../parts.js';
import { deadRemedy } from '../remedies.js';

// The worker looks after these itself: what stays there can be parked, and nothing else.
const OWN = ['dsr-exports', 'dsr-deletes', 'dsr-closings'];
const POISON = 'poison';

const ACTIONS = {
  resubmit: { text: 'Resubmit', heading: 'Resubmit the message', explained: 'It is sent again as it was, and the dead letter is removed.', said: 'The message is sent again.' },
  park: { text: 'Park', heading: 'Park the message', explained: 'It is kept as a blob, and leaves its queue.', said: 'The message is parked.' },
  purge: { text: 'Purge', heading: 'Purge the message', explained: 'It is removed. Only that it was there stays recorded.', said: 'The message is removed.', danger: true },
};

/** deadLetters lists them. */
export function deadLetters({ signal, me }) {
  const old = h('div', {});
  const body = h('div', {}, loading('The dead letters are on their way …'));
  let last = '';

  const asking = live(async () => {
    const [{ body: list }, mine] = await Promise.all([get('deadletters', signal), me]);
    const text = JSON.stringify([list, mine.roles]);
    const changed = text !== last;
    last = text;
    if (changed) swap(body, shown(list, mine.roles.includes('DSR.Operate') ? dispose : null));
    return { changed, retryAfter: 15 };
  }, (err) => {
    if (!err) swap(old);
    else if (last) swap(old, stale(err));
    else swap(body, failure(err, () => asking.now()));
  }, signal);

  async function dispose(d, verb) {
    const action = ACTIONS[verb];
    const taken = await ask({
      heading: action.heading, text: action.explained, action: action.text, danger: action.danger,
      fields: [{ name: 'reason', label: 'Reason', type: 'text' }],
      order: ({ reason }) => send('POST', `deadletters/${of(d.queue)}/${of(d.sequence)}/${verb}`, { reason }),
    });
    if (!taken) return;
    done(action.said);
    asking.now();
  }

  return h('div', {}, title('Dead letters'), old, body);
}

function shown(list, dispose) {
  const unknown = list.unknown?.length ? h('p', { class: 'box warning text' }, `These queues could not be read: ${list.unknown.join(', ')}.`) : null;
  if (list.value.length === 0) return [unknown, unknown ? null : empty('There are no dead letters.', 'The worker could use every message.')];
  return [unknown, h('p', { class: 'quiet' }, things(list.value.length, 'message waits', 'messages wait'), ' for a person.'),
    h('ul', { class: 'cards' }, list.value.map((d) => card(d, dispose)))];
}

function card(d, dispose) {
  const verbs = OWN.includes(d.queue) ? ['park'] : d.queue === POISON ? ['resubmit', 'purge'] : ['resubmit', 'park', 'purge'];
  const key = `${d.queue} ${d.sequence}`;
  return h('li', { class: 'box' },
    h('h2', { class: 'text' }, d.reason || 'Without a reason'),
    h('p', { class: 'text' }, d.description || h('span', { class: 'quiet' }, 'There is no description.')),
    h('p', {}, deadRemedy(d.reason)),
    h('p', { class: 'quiet text' }, `${d.queue} ${d.sequence} · `, d.requestId ? h('a', { href: `#/requests/${of(d.requestId)}` }, d.requestId) : 'no request', ' · ', time(d.enqueuedAt)),
    dispose ? h('div', { class: 'buttons' }, verbs.map((v) => h('button', {
      type: 'button',
      class: ACTIONS[v].danger ? 'danger' : false,
      'data-key': `${key} ${v}`,
      'aria-label': `${ACTIONS[v].text} ${key}`,
      onclick: () => dispose(d, v),
    }, ACTIONS[v].text))) : null);
}
