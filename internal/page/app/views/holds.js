// Holds, which keep things from every deletion.
import { get, of, send } from '../api.js';
import { h, swap } from '../dom.js';
import { ask } from '../dialog.js';
import { live } from '../live.js';
import { day, isTime } from '../format.js';
import { done, empty, failure, loading, stale, table, time, title } from '../parts.js';

const COLUMNS = [{ name: 'On' }, { name: 'Reason' }, { name: 'Until' }, { name: 'Since' }, { name: 'Hold' }];

/** holds lists the holds in force, and offers new ones. */
export function holds({ signal, me }) {
  const old = h('div', {});
  const body = h('div', {}, loading('The holds are on their way …'));
  const add = h('button', { type: 'button', class: 'primary', hidden: true, onclick: create }, 'New hold');
  let last = '';
  me.then((m) => { add.hidden = !m.roles.includes('DSR.Operate'); });

  const asking = live(async () => {
    const [{ body: list }, mine] = await Promise.all([get('holds', signal), me]);
    const text = JSON.stringify([list, mine.roles]);
    const changed = text !== last;
    last = text;
    if (changed) swap(body, shown(list.value, mine.roles.includes('DSR.Operate') ? release : null));
    return { changed, retryAfter: 30 };
  }, (err) => {
    if (!err) swap(old);
    else if (last) swap(old, stale(err));
    else swap(body, failure(err, () => asking.now()));
  }, signal);

  async function create() {
    const taken = await ask({
      heading: 'New hold', action: 'Put on hold',
      text: 'A hold keeps what it is on, and all containers of it, from every deletion.',
      fields: [
        { name: 'on', label: 'On', type: 'line', required: true, help: 'An ARM id, or the id of a thing such as a run.' },
        { name: 'reason', label: 'Reason', type: 'text', required: true },
        { name: 'until', label: 'Until', type: 'date', help: 'Left empty: until somebody releases it.' },
      ],
      order: ({ on, reason, until }) => send('POST', 'holds', until ? { on, reason, until } : { on, reason }),
    });
    if (taken) after('The hold is in force.');
  }

  async function release(hold) {
    const taken = await ask({
      heading: 'Release the hold', action: 'Release it', danger: true, text: `What it keeps can be deleted then: ${hold.on}`,
      fields: [{ name: 'reason', label: 'Reason', type: 'text', required: true }],
      order: ({ reason }) => send('DELETE', `holds/${of(hold.id)}`, { reason }),
    });
    if (taken) after('The hold is released.');
  }

  function after(said) {
    done(said);
    asking.now();
  }

  return h('div', {}, title('Holds', add), old, body);
}

function shown(list, release) {
  if (list.length === 0) return empty('No hold is in force.', 'A hold keeps things from every deletion, as for a case in court.');
  return table('Holds in force', COLUMNS, list.map((hold) => [
    h('span', { class: 'id' }, hold.on),
    h('span', { class: 'text' }, hold.reason),
    isTime(hold.until) ? time(hold.until, day) : 'released',
    time(hold.at),
    [h('span', { class: 'id' }, hold.id), ' ', release ? h('button', { type: 'button', class: 'small', 'data-key': `release ${hold.id}`, 'aria-label': `Release hold ${hold.id}`, onclick: () => release(hold) }, 'Release') : null],
  ]));
}
