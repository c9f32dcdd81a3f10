// What helps with a dead letter. docs/dead-letters.md has more.

const DEAD = {
  InvalidRequest: 'Ask the sender for a corrected request, and purge this one.',
  UnsupportedEventType: 'Ask the sender for a corrected request, and purge this one.',
  ConflictingRequest: 'Another request has this id: ask for a new id, and purge this one.',
  SubjectObjectIdRequired: 'The address does not tell who the person is: find out the object id in Microsoft Entra, ask for the request with it under the same id, and purge this one.',
  VerificationMissing: 'SOURCE_POLICIES wants to know how the person was identified: ask for the request with verification under the same id, and purge this one. The month to answer goes on.',
  Forbidden: 'The worker may not look people up in the directory: grant its identity User.Read.All of Microsoft Graph, then resubmit.',
  InvalidApproval: 'Approve again, and purge this one.',
  Transient: 'Storage did not answer. The worker takes it again every 15 minutes.',
  CopyFailed: 'The copy for the person has ended. Look at what the description names, order another copy, and purge this one.',
  Undecodable: 'It can’t be read, so it can’t be sent again: park or purge it, and ask the sender for a body of bytes.',
  ScopeNotAllowed: 'If it should be allowed, change the setting and resubmit. Otherwise answer the sender and purge it.',
  DeletesDisabled: 'If it should be allowed, change the setting and resubmit. Otherwise answer the sender and purge it.',
  ConfirmationMissing: 'Ask the sender to confirm each container by its full ARM id, and purge this one.',
  CallbackFailed: 'The receiver did not take it for about 15 hours. When it works again, resubmit. Or purge it, and tell the receiver.',
  CallbackNotAllowed: 'Its host is no longer on CALLBACK_HOSTS, or nothing signs for OpenDSR any more. Set that and resubmit, or purge it.',
  UnknownTask: 'No record says that this is owed: somebody else writes to the queue. Purge it.',
  MaxDeliveryCountExceeded: 'The worker crashed or did not run: find out why in its log, then resubmit.',
  TTLExpiredException: 'The worker did not run: find out why, then resubmit.',
};

/** deadRemedy returns what to do about a dead letter. */
export function deadRemedy(reason) {
  return Object.hasOwn(DEAD, reason) ? DEAD[reason] : 'docs/dead-letters.md has what is known of it.';
}
