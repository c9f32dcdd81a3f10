// What helps against each reason for which something ends. docs/outcomes.md has more.

const RETRY = 'then retry what failed.';

const REMEDIES = {
  Forbidden: `Give the worker’s identity the right that is missing, ${RETRY}`,
  TargetNotFound: 'Check the names in the request: what it names does not exist.',
  Refused: 'Azure ML refused the call: look up the code in the error.',
  Throttled: `Find out what else uses the subscription’s quota, ${RETRY}`,
  Transient: `Check whether Azure ML works again, ${RETRY}`,
  Crashed: 'The worker crashed each time: search its log for the id of the request.',
  CursorExpired: 'The list took so long that its cursor expired, three times. Retry what failed at a quieter time.',
  MalformedAnswer: 'The answer is not what the service describes. Retry once; if it stays so, report it.',
  ForeignLink: 'The answer leads to a place that may not be called. If that place is yours, check AZURE_CLOUD.',
  Redirect: 'The answer leads to a place that may not be called.',
  ConfirmationMissing: 'Add the ARM ids that the error names to “confirm”, and send the request under a new id.',
  OthersNotAcknowledged: 'Things of others would be deleted too. Send the request under a new id and acknowledge that, or delete only what is the subject’s own.',
  InventoryFailed: `Something could not be read, so nothing was deleted. See the other failures, ${RETRY}`,
  Held: `A hold keeps it. When the hold is released, ${RETRY}`,
  NotApproved: 'Nobody approved the plan in time. Send the request under a new id.',
  SubjectMissing: 'The record of the subject is gone. Restore subject.json, and the work goes on.',
  RecordTooLong: 'A record would have been longer than any process reads: report it.',
  Changed: 'Part of the plan is not what was approved: find out who may write to the audit container.',
  GrownSincePlan: 'Something new was in a container. The next attempt is ordered and waits for an approval.',
  SoftDeleted: 'The service may still keep it. Look at “Recently deleted” in the portal, and purge it there.',
  Locked: `Remove the locks that the error names, ${RETRY}`,
  DenyAssignment: `A deny assignment forbids it. Change or remove what made it, ${RETRY}`,
  DisallowedByPolicy: `An Azure policy forbids it. Exempt the resource, ${RETRY}`,
  NotAsPlanned: 'Another thing has the name by now. Look at it; if it is to be deleted, retry plans it.',
  DependencyFailed: `Something that it depends on failed. Remove that cause, ${RETRY}`,
};

/** remedy returns what to do about a reason. */
export function remedy(reason) {
  return Object.hasOwn(REMEDIES, reason) ? REMEDIES[reason] : 'The error says more; docs/outcomes.md has what is known of it.';
}

const DEAD = {
  InvalidRequest: 'Ask the sender for a corrected request, and purge this one.',
  UnsupportedEventType: 'Ask the sender for a corrected request, and purge this one.',
  ConflictingRequest: 'Another request has this id: ask for a new id, and purge this one.',
  InvalidApproval: 'Approve again, and purge this one.',
  Transient: 'Storage did not answer. The worker takes it again every 15 minutes.',
  Undecodable: 'It can’t be read, so it can’t be sent again: park or purge it, and ask the sender for a body of bytes.',
  ScopeNotAllowed: 'If it should be allowed, change the setting and resubmit. Otherwise answer the sender and purge it.',
  DeletesDisabled: 'If it should be allowed, change the setting and resubmit. Otherwise answer the sender and purge it.',
  MaxDeliveryCountExceeded: 'The worker crashed or did not run: find out why in its log, then resubmit.',
  TTLExpiredException: 'The worker did not run: find out why, then resubmit.',
};

/** deadRemedy returns what to do about a dead letter. */
export function deadRemedy(reason) {
  return Object.hasOwn(DEAD, reason) ? DEAD[reason] : 'docs/dead-letters.md has what is known of it.';
}
