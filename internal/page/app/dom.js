// Makes elements. All text goes in as text: nothing that comes from outside is ever markup.

const SVG = 'http://www.w3.org/2000/svg';

/** h returns an element. Attributes named on… are listeners; false and null leave one out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** svg returns an element of a drawing. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'disabled') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

/**
 * swap replaces what is in a container, and keeps what a person is doing there: the focus, and
 * which details are open. Elements are known again by data-key.
 */
export function swap(container, ...children) {
  const keyOf = (element) => element?.closest?.('[data-key]')?.dataset.key;
  const hadFocus = container.contains(document.activeElement);
  const focused = hadFocus ? keyOf(document.activeElement) : undefined;
  const open = new Map();
  for (const d of container.querySelectorAll('details[data-key]')) open.set(d.dataset.key, d.open);

  container.replaceChildren(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));

  for (const d of container.querySelectorAll('details[data-key]')) {
    if (open.has(d.dataset.key)) d.open = open.get(d.dataset.key);
  }
  if (hadFocus) focusAgain(focused);
}

/** focusAgain puts the focus on what has a key, or on the view where nothing has it any more. */
export function focusAgain(key) {
  const again = [...document.querySelectorAll('main [data-key]')].find((e) => e.dataset.key === key);
  const place = again?.matches('details') ? again.querySelector('summary') : again; // details itself takes none
  place?.focus({ preventScroll: true });
  if (document.activeElement === document.body) document.getElementById('view').focus({ preventScroll: true });
}

/** announce tells a screen reader what has happened. */
export function announce(text) {
  const place = document.getElementById('announcer');
  place.textContent = '';
  requestAnimationFrame(() => { place.textContent = text; });
}
