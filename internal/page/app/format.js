// Numbers, times and names as people write them.

const LANGUAGE = 'en-GB';
const count = new Intl.NumberFormat(LANGUAGE);
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'long', timeStyle: 'long' });
const dayOnly = new Intl.DateTimeFormat(LANGUAGE, { day: 'numeric', month: 'short', year: 'numeric' });

const UNITS = [['year', 31557600], ['month', 2629800], ['day', 86400], ['hour', 3600], ['minute', 60]];

/** number writes a whole number with its thousands apart. */
export function number(n) { return count.format(n ?? 0); }

/** things writes a number with its noun. */
export function things(n, one, many) { return `${number(n)} ${n === 1 ? one : many ?? one + 's'}`; }

/** bytes writes a size. */
export function bytes(n) {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${i === 0 || n >= 100 ? count.format(Math.round(n)) : n.toFixed(1)} ${units[i]}`;
}

/** duration writes milliseconds in their largest unit. */
export function duration(ms) {
  if (ms < 1000) return `${number(ms)} ms`;
  const s = ms / 1000;
  if (s < 90) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  if (s < 5400) return `${Math.round(s / 60)} minutes`;
  return `${(s / 3600).toFixed(1)} hours`;
}

/** isTime reports whether there is a time; the API's zero is none. */
export function isTime(value) { return Boolean(value) && !String(value).startsWith('0001-'); }

/** ago writes a time as it lies from now. */
export function ago(value, now = Date.now()) {
  const seconds = Math.round((Date.parse(value) - now) / 1000);
  const [unit, size] = UNITS.find(([, s]) => Math.abs(seconds) >= s) ?? ['second', 1];
  if (unit === 'second') return Math.abs(seconds) < 10 ? 'just now' : relative.format(seconds, 'second');
  return relative.format(Math.round(seconds / size), unit);
}

/** exact writes a time in full, in the zone of whoever reads it. */
export function exact(value) { return absolute.format(new Date(value)); }

/** day writes a date alone. */
export function day(value) { return dayOnly.format(new Date(value)); }

/** left writes how long a deadline is away. late is true when it has passed. */
export function left(daysLeft, late, due) {
  if (daysLeft === null || daysLeft === undefined) return '';
  if (late || daysLeft < 0) {
    const hours = Math.floor((Date.now() - Date.parse(due)) / 3600e3);
    if (hours < 1) return 'just late';
    return hours < 24 ? `${things(hours, 'hour')} late` : `${things(Math.floor(hours / 24), 'day')} late`;
  }
  if (daysLeft === 0) return 'due today';
  return daysLeft === 1 ? 'due tomorrow' : `${number(daysLeft)} days left`;
}

/** person writes who has signed in without the ids that are recorded with the name. */
export function person(recorded) { return (recorded ?? '').replace(/ \[oid [^\]]*\]$/, '') || 'nobody named'; }

/** isPerson reports whether a recorded person is the one who has signed in. */
export function isPerson(recorded, me) {
  return Boolean(me?.objectId) && (recorded ?? '').toLowerCase().includes(`[oid ${me.objectId.toLowerCase()}, tid ${me.tenantId.toLowerCase()}]`);
}

/** place returns the last names of an ARM id, which tell it from its neighbours. */
export function place(id) {
  const names = String(id).split('/').filter(Boolean);
  return names.length > 4 ? names.slice(-2).join(' / ') : String(id);
}

const STATES = {
  received: 'Received',
  running: 'Running',
  awaitingApproval: 'Awaits approval',
  succeeded: 'Succeeded',
  partiallyFailed: 'Partly failed',
  failed: 'Failed',
  canceled: 'Canceled',
  rejected: 'Rejected',
  refused: 'Refused',
};

/** stateName writes a state. */
export function stateName(state) { return STATES[state] ?? state; }

const KINDS = { export: 'Export', delete: 'Deletion', exportThenDelete: 'Export, then deletion' };

/** kindName writes a kind. */
export function kindName(kind) { return KINDS[kind] ?? (kind || 'Not known yet'); }
