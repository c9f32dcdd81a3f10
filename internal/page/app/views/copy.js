// The copy for the person: ordered, followed, fetched and revoked.
import { address, get, send } from '../api.js';
import { ask } from '../dialog.js';
import { h, swap } from '../dom.js';
import { live } from '../live.js';
import { bytes, number, things } from '../format.js';
import { done, facts, failure, loading, section, stale, time } from '../parts.js';

const ENDED = {
  revoked: 'It was revoked.',
  expired: 'Its time was up, and it is removed.',
  retention: 'It is removed with the documents that it was made of.',
  failed: 'It could not be made.',
};

/**
 * personCopy shows the copy for the person. mayOrder tells whether the caller may order and
 * revoke one, and isPartial whether the request has failed in part.
 */
export function personCopy(path, { mayOrder, isPartial, signal }) {
  const where = `${path}/copy`;
  const old = h('div', {});
  const body = h('div', {}, loading('The copy is looked up …'));
  let last = '';

  const asking = live(async () => {
    const { body: c } = await get(where, signal);
    const text = JSON.stringify([c, mayOrder(), isPartial()]);
    const changed = text !== last;
    last = text;
    if (changed) swap(body, shown(c));
    return { changed: changed && c.state === 'making', retryAfter: c.state === 'making' ? 2 : 60 };
  }, (err) => {
    if (!err) swap(old);
    else if (last) swap(old, stale(err));
    else swap(body, failure(err, () => asking.now()));
  }, signal);

  function shown(c) {
    if (c.state === 'making') return [loading(c.read ? `The worker makes the copy: ${number(c.read)} documents read so far …` : 'The worker makes the copy …'), buttons(c)];
    if (c.state === 'ready') return [ready(c, path), buttons(c)];
    if (c.state === 'reviewing') return [waiting(c), buttons(c)];
    if (c.state === 'none') return [h('p', {}, 'What may be handed to the person: what is their own, without other people and without secrets. Nobody has ordered it yet.'), buttons(c)];
    return [
      h('div', { class: c.state === 'failed' ? 'box error' : 'box' },
        h('p', { class: 'strong' }, ENDED[c.state] ?? c.state),
        c.reason ? h('p', { class: 'text' }, c.reason) : null,
        h('p', {}, time(c.endedAt), c.endedBy ? h('span', { class: 'text' }, `, by ${c.endedBy}`) : null)),
      c.state === 'retention' ? null : buttons(c),
    ];
  }

  function buttons(c) {
    if (!mayOrder()) return c.state === 'ready' ? h('div', { class: 'buttons' }, download()) : null;
    const lasts = ['ready', 'making', 'reviewing'].includes(c.state);
    return h('div', { class: 'buttons' },
      c.state === 'ready' ? download() : null,
      lasts ? h('button', { type: 'button', class: 'danger', 'data-key': 'copy-revoke', onclick: revoke }, 'Revoke the copy') : null,
      lasts ? null : h('button', { type: 'button', 'data-key': 'copy-order', onclick: () => order(false) }, c.state === 'none' ? 'Make the copy' : 'Make another copy'),
      lasts ? null : h('button', { type: 'button', 'data-key': 'copy-review', onclick: () => order(true) }, 'Make it after a review'));
  }

  /** waiting leads to what somebody must look at. */
  function waiting(c) {
    return h('div', { class: 'box' },
      h('p', { class: 'strong' }, 'The copy waits for a review.'),
      h('p', {}, `A program can’t decide ${things(c.uncertain, 'place')}. ${c.review === 'secondPerson' ? 'Another person than who has ordered it' : 'Somebody with the role DSR.Approve'} looks at them and releases the copy.`),
      h('p', {}, h('a', { class: 'button primary', 'data-key': 'copy-look', href: `#/${path}/review` }, 'Look at what is uncertain')));
  }

  function download() { return h('a', { class: 'button primary', 'data-key': 'copy-download', href: address(`${where}?download`), download: true }, 'Download the copy'); }

  async function order(review) {
    const partial = isPartial();
    const taken = await ask({
      heading: 'Make the copy for the person', action: 'Make it',
      text: partial
        ? 'The request has failed in part. The copy lacks what could not be read, and says so.'
        : 'The worker makes a zip of what is the person’s own. Look through it before you send it: no program finds every name in free text.',
      fields: [{ name: 'contact', label: 'Whom the person may ask', type: 'line', help: 'An address, such as that of the data protection officer. It stands in the copy, and in the evidence.' }],
      order: ({ contact }) => send('POST', where, { partial, contact, review }),
    });
    if (taken) after('The copy is ordered.');
  }

  async function revoke() {
    const taken = await ask({
      heading: 'Revoke the copy', action: 'Revoke it', danger: true,
      text: 'Nobody can fetch it any more, and it is removed. What was fetched already is not taken back.',
      fields: [{ name: 'reason', label: 'Reason', type: 'text', help: 'It is kept with the evidence: put no names in it.' }],
      order: ({ reason }) => send('DELETE', where, reason ? { reason } : {}),
    });
    if (taken) after('The copy is revoked.');
  }

  function after(said) {
    done(said);
    asking.now();
  }

  return { node: section('Copy for the person', old, body), now: () => asking.now() };
}

function ready(c, path) {
  return facts([
    ['Documents', `${number(c.documents)} of ${number(c.searched)} are the person’s`],
    c.people ? ['Other people taken out', number(c.people)] : null,
    c.files ? ['Files described', `${number(c.files)}. Their contents are ${c.policy.files === 'include' ? 'in it' : 'left out'} unless a review has decided otherwise.`] : null,
    c.policy.unattributed === 'include' ? ['Things without an owner', 'those that name the person are in it'] : null,
    c.partial ? ['Partial', 'yes: it says what is missing'] : null,
    c.uncertain ? ['Uncertain places', h('span', {}, `${number(c.uncertain)}, ${number(c.decided)} decided by a person. `, h('a', { href: `#/${path}/review` }, 'Look at them'))] : null,
    ['Size', bytes(c.bytes)],
    ['Made', time(c.madeAt)],
    ['Can be fetched until', time(c.until)],
    c.askedBy ? ['Ordered by', c.askedBy] : null,
    ['SHA-256', h('span', { class: 'id' }, c.sha256)],
  ]);
}
