// The fields of a new request, and how they become one.

/** FIELDS describes each field of the form. */
export const FIELDS = {
  kind: { label: 'Kind', options: [['export', 'Export'], ['delete', 'Deletion'], ['exportThenDelete', 'Export, then deletion']] },
  what: { label: 'What of it', options: [['all', 'Everything in the scope'], ['subject', 'Only what is the subject’s']], help: 'An export keeps also what hangs on it, and what names the subject.' },
  dryRun: { label: 'Dry run: end after the plan', type: 'checkbox' },
  id: { label: 'Id', help: 'Letters, digits, - and _. Left empty: a new one.' },
  regulation: { label: 'Regulation', help: 'Such as gdpr or ccpa.' },
  dueAt: { label: 'Due', type: 'date', help: 'Left empty: a month from today.' },
  objectId: { label: 'Object id', help: 'Of the person’s account in Microsoft Entra ID.' },
  tenantId: { label: 'Tenant id' },
  userPrincipalName: { label: 'User principal name' },
  mail: { label: 'E-mail addresses', help: 'Parted by commas.' },
  displayName: { label: 'Name', help: 'Not used to find anything: namesakes share it.' },
  method: { label: 'Identified by', help: 'Such as signed-in or passport-seen.' },
  verifiedAt: { label: 'On', type: 'date' },
  verifiedBy: { label: 'By whom', help: 'A desk, a system or a member of staff.' },
  subscriptionId: { label: 'Subscription id', help: 'Of a place without a name.' },
  resourceGroup: { label: 'Resource group' },
  workspaces: { label: 'Workspaces', help: 'Names, parted by commas; * is all of them.' },
  registries: { label: 'Registries', help: 'Likewise.' },
  resourceTypes: { label: 'Only these resource types', help: 'Parted by commas. Left empty: all.' },
  confirm: { label: 'Containers that are deleted', type: 'lines', help: 'The full ARM id of each, one on a line.' },
  acknowledgeOthers: { label: 'Things of others may be deleted with them', type: 'checkbox' },
  eraseExports: { label: 'Also remove earlier exports of the same places', type: 'checkbox' },
};

/** compose makes a request of the values of the fields and the names of scopes. */
export function compose(v, names) {
  const request = { kind: v.kind, scope: [...names] };
  const subject = kept({
    objectId: v.objectId,
    tenantId: v.tenantId,
    userPrincipalName: v.userPrincipalName,
    displayName: v.displayName,
    mail: words(v.mail),
  });
  if (Object.keys(subject).length > 0) request.subject = subject;

  const place = kept({
    subscriptionId: v.subscriptionId,
    resourceGroup: v.resourceGroup,
    machineLearningWorkspaces: words(v.workspaces),
    registries: words(v.registries),
  });
  if (Object.keys(place).length > 0) request.scope.push(place);
  if (request.scope.length === 0) delete request.scope;

  Object.assign(request, kept({
    id: v.id,
    regulation: v.regulation,
    dueAt: v.dueAt ? `${v.dueAt}T23:59:59Z` : '',
    resourceTypes: words(v.resourceTypes),
    what: v.what === 'subject' ? v.what : '',
  }));
  const verification = kept({ method: v.method, verifiedAt: v.verifiedAt ? `${v.verifiedAt}T00:00:00Z` : '', verifiedBy: v.verifiedBy });
  if (Object.keys(verification).length > 0) request.verification = verification;
  if (v.kind !== 'export') {
    Object.assign(request, kept({
      confirm: v.confirm.split('\n').map((l) => l.trim()).filter(Boolean),
      acknowledgeOthers: v.acknowledgeOthers,
      eraseExports: v.eraseExports,
      dryRun: v.dryRun,
    }));
  }
  return request;
}

function words(text) { return text.split(',').map((w) => w.trim()).filter(Boolean); }

/** kept leaves out what is empty. */
function kept(values) {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== '' && v !== false && !(Array.isArray(v) && v.length === 0)));
}

const POINTERS = {
  machineLearningWorkspaces: 'workspaces',
  registries: 'registries',
  resourceGroup: 'resourceGroup',
  subscriptionId: 'subscriptionId',
};

/** groupOf returns the field that a JSON pointer of the API belongs to, '' for none. */
export function groupOf(pointer) {
  const names = String(pointer).split('/').filter(Boolean);
  if (names[0] === 'subject') return names[1] ?? 'objectId';
  if (names[0] === 'verification') return names[1] ?? 'method';
  if (names[0] === 'scope') return POINTERS[names[2]] ?? 'scope';
  return names[0] ?? '';
}
