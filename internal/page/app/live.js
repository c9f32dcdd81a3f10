// Asks again and again, less often while nothing changes, and not at all while nobody looks.

const FIRST = 2000;
const LONGEST = 60000;

/**
 * live calls ask at once and then again, until signal aborts. ask returns whether something
 * has changed, and the seconds after which the API wants to be asked again. failed is told each
 * error, and null when all is well again.
 */
export function live(ask, failed, signal) {
  let pause = FIRST;
  let timer = 0;
  let running = false;
  let again = false;

  async function round() {
    if (running) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = true;
    let wanted = 0;
    try {
      const { changed, retryAfter } = await ask();
      pause = changed ? FIRST : Math.min(pause * 1.6, LONGEST);
      wanted = (retryAfter ?? 0) * 1000;
      if (!signal.aborted) failed(null);
    } catch (err) {
      if (signal.aborted || err.name === 'AbortError') return;
      pause = Math.min(pause * 2, LONGEST);
      wanted = (err.retryAfter ?? 0) * 1000;
      failed(err);
    } finally {
      running = false;
    }

    if (signal.aborted) return;
    if (again) {
      again = false;
      round();
      return;
    }
    // Some pages of one person would else ask in the same second.
    if (!document.hidden) timer = setTimeout(round, Math.max(pause, wanted) * (0.9 + Math.random() * 0.2));
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) return;
    pause = FIRST;
    round();
  }, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  round();

  return { now: () => { pause = FIRST; return round(); } };
}
