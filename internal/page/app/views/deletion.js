// What a request will delete: to look at, and to approve or refuse.
import { get, of, send } from '../api.js';
import { h, swap } from '../dom.js';
import { isPerson, number, person, place, things } from '../format.js';
import { badge, done, due, facts, failure, loading, section, title, who } from '../parts.js';
import { tree } from './tree.js';

/** deletion shows the plan of a request. */
export function deletion({ args: [id], signal, me, again }) {
  const body = h('div', {}, loading('The plan is on its way …'));
  const view = h('div', {}, title(`Deletion plan of ${id}`, h('a', { class: 'button', href: `#/requests/${of(id)}` }, 'To the request')), body);

  async function read() {
    try {
      const path = `requests/${of(id)}`;
      const [plan, status, mine] = await Promise.all([get(`${path}/plan`, signal), get(path, signal), me]);
      swap(body, shown(id, plan.body, status.body, mine, again));
    } catch (err) {
      if (!signal.aborted) swap(body, failure(err, read));
    }
  }
  read();

  return view;
}

function shown(id, answer, status, me, again) {
  const p = { ...answer, held: answer.held ?? [], plan: { ...answer.plan, stages: answer.plan.stages ?? [] } };
  const others = p.plan.stages.reduce((n, s) => n + s.others, 0);
  const mentions = (p.plan.mentions?.length ?? 0) + (p.plan.mentionsOmitted ?? 0);
  return [
    h('p', { class: 'states' }, badge(status.state), due({ ...p, late: p.daysLeft < 0 })),
    facts([
      ['Deletes', p.what === 'subject' ? 'what is the subject’s own' : 'everything in the scope'],
      ['Things', number(p.deletes)],
      ['Of others, deleted too', others ? h('strong', { class: 'bad' }, number(others)) : '0'],
      ['Kept by holds', number(p.held.length + p.heldOmitted)],
      ['Mentions to decide on', number(mentions)],
      ['Subject', p.plan.objectId || 'named without an object id'],
      ['Submitted by', who(p.submittedBy)],
      ['SHA-256 of the plan', h('span', { class: 'id' }, p.planSha256)],
    ]),
    others ? h('p', { class: 'box warning' }, `The plan also deletes ${things(others, 'document')} that ${others === 1 ? 'does' : 'do'} not name the subject.`) : null,
    locks(p.plan.locks),
    section('What is deleted, in this order', tree(p.plan.stages)),
    held(p),
    mentioned(p.plan, mentions),
    status.state === 'awaitingApproval' ? decide(id, p, others, me, again) : section('Decision', h('p', {}, verdict(status, p))),
  ];
}

function verdict(status, p) {
  if (p.plan.dryRun) return 'This is a dry run: nothing is deleted, and nothing is to be approved.';
  if (status.state === 'running') return 'There is nothing to decide any more: the plan is approved, or needs no approval here, and is carried out.';
  return 'There is nothing to decide: the request is closed.';
}

function locks(list) {
  if (!list?.length) return null;
  return h('p', { class: 'box warning text' }, `Locks of Azure forbade a DELETE when the plan was made: ${list.map((l) => `${l.name} (${l.level}) on ${place(l.scope)}`).join(', ')}.`);
}

function held(p) {
  if (p.held.length === 0) return null;
  return section('What holds keep now',
    h('ul', { class: 'plain' }, p.held.slice(0, 200).map((d) => h('li', { class: 'text' },
      h('span', { class: 'id', title: d.target }, [d.endpoint, d.item || place(d.target)].join('  ')), ` ${d.reason} (hold ${d.hold})`))),
    p.held.length > 200 || p.heldOmitted ? h('p', { class: 'quiet' }, `${number(p.held.length + p.heldOmitted)} in all.`) : null);
}

const OWNERS = { possible: 'may be the subject’s own', '': 'only mentions the subject' };

function mentioned(plan, count) {
  if (count === 0) return null;
  return section('Mentions',
    h('p', {}, 'These documents name the subject, or may be the subject’s, and are not deleted. A person decides on each.'),
    h('details', { 'data-key': 'mentions', open: count <= 20 },
      h('summary', {}, things(count, 'document')),
      h('ul', { class: 'plain' }, (plan.mentions ?? []).slice(0, 200).map((m) => h('li', { class: 'text' },
        h('span', { class: 'id', title: m.url }, [m.endpoint, m.item].join('  ')), ` in ${place(m.target)}: ${OWNERS[m.owner ?? ''] ?? m.owner}`)))));
}

/** decide is the form by which a second person approves or refuses. */
function decide(id, p, others, me, again) {
  const isOwn = isPerson(p.submittedBy, me);
  if (!me.roles.includes('DSR.Approve')) return section('Decision', h('p', { class: 'box' }, 'Who has the role DSR.Approve, and did not submit this request, can approve or refuse it.'));

  const problem = h('div', {});
  const seen = h('input', { type: 'checkbox', id: 'seen' });
  const acknowledged = h('input', { type: 'checkbox', id: 'acknowledged' });
  const reason = h('textarea', { id: 'reason', rows: 3, maxlength: 1000 });
  const approve = h('button', { type: 'button', class: 'primary', onclick: () => order('approve') }, 'Approve this plan');
  const refuse = h('button', { type: 'button', class: 'danger', onclick: () => order('refuse') }, 'Refuse it');

  async function order(verb) {
    const missing = lacks(verb);
    if (missing) {
      swap(problem, h('p', { class: 'box error', role: 'alert' }, missing.text));
      missing.field.focus();
      return;
    }
    approve.disabled = refuse.disabled = true;
    swap(problem);
    try {
      const body = verb === 'approve'
        ? { planSha256: p.planSha256, acknowledgeOthers: acknowledged.checked }
        : { reason: reason.value.trim() };
      await send('POST', `requests/${of(id)}/${verb}`, body);
      done(verb === 'approve' ? 'The plan is approved.' : 'The plan is refused.');
      location.hash = `#/requests/${of(id)}`;
    } catch (err) {
      swap(problem, failure(err, err.status === 409 ? again : null)); // it is another plan or state by now
      approve.disabled = refuse.disabled = false;
    }
  }

  function lacks(verb) {
    if (verb === 'refuse') return reason.value.trim() ? null : { field: reason, text: 'Say why the plan is refused: the reason is recorded.' };
    if (!seen.checked) return { field: seen, text: 'Look at the plan first, and say that you have.' };
    if (others > 0 && !acknowledged.checked) return { field: acknowledged, text: 'Things of others are deleted too: say that you have seen that.' };
    return null;
  }

  return section('Decision',
    h('p', {}, 'Nothing is deleted before a second person approves exactly this plan. Your name is recorded and is on the certificate.'),
    isOwn ? h('p', { class: 'box warning' }, `You, ${person(p.submittedBy)}, have submitted this request: another person must approve it.`) : null,
    h('form', { onsubmit: (e) => e.preventDefault() },
      isOwn ? null : h('div', { class: 'check' }, seen, h('label', { for: 'seen' }, `I have looked at the plan, which deletes ${things(p.deletes, 'thing')}.`)),
      others && !isOwn ? h('div', { class: 'check' }, acknowledged, h('label', { for: 'acknowledged' }, `I know that ${things(others, 'document')} of others ${others === 1 ? 'goes' : 'go'} with them.`)) : null,
      h('div', { class: 'field' }, h('label', { for: 'reason' }, 'Reason of a refusal', h('span', { class: 'quiet' }, ' (an approval has none)')), reason),
      problem,
      h('div', { class: 'buttons' }, isOwn ? null : approve, refuse)));
}
