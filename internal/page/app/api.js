// Talks to the API that serves this page. No other address is ever called.

const BASE = new URL('../../', import.meta.url).href;

/** Problem is an error of the API, as RFC 9457 has it. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail || body.title || `The API answered ${status}.`);
    this.status = status;
    this.code = body.code ?? '';
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
  }
}

/** get returns what the API answers, and the seconds after which it wants to be asked again. */
export async function get(path, signal) {
  const response = await call('GET', path, undefined, signal);
  const body = await response.json();
  return { body, retryAfter: seconds(response), etag: response.headers.get('ETag') ?? '' };
}

/** text returns an answer byte by byte as it is stored. */
export async function text(path, signal) {
  const response = await call('GET', path, undefined, signal);
  return { body: await response.text(), etag: (response.headers.get('ETag') ?? '').replaceAll('"', '') };
}

/** send orders something. */
export async function send(method, path, body, headers, signal) {
  const response = await call(method, path, body ?? {}, signal, headers);
  return response.json();
}

/** address returns where something of the API is, for a link. */
export function address(path) { return BASE + path; }

/** of encodes an id as a part of a path. */
export function of(id) { return encodeURIComponent(id); }

async function call(method, path, body, signal, extra) {
  const headers = { Accept: 'application/json', ...extra };
  if (method !== 'GET') {
    headers['X-DSR-Client'] = 'page';
    headers['Content-Type'] = 'application/json';
  }

  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      body: method === 'GET' ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'manual', // the API never redirects: the platform does, to its sign-in page
      signal,
    });
  } catch (err) {
    if (err.name === 'AbortError') throw err;
    throw new Problem(0, { code: 'Unreachable', detail: 'The API can’t be reached. It is asked again by and by.' }, 0);
  }
  if (response.type === 'opaqueredirect') {
    throw new Problem(401, { code: 'SignInRequired', detail: 'Your sign-in has ended. Sign in again, and come back to this page.' }, 0);
  }
  if (response.ok) return response;

  throw new Problem(response.status, await response.json().catch(() => ({})), seconds(response));
}

function seconds(response) {
  const value = Number(response.headers.get('Retry-After'));
  return Number.isFinite(value) && value > 0 ? value : 0;
}
