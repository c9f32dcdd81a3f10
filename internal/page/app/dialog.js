// Asks for a reason before something is ordered.
import { focusAgain, h } from './dom.js';
import { failure } from './parts.js';

let asked = 0;

/**
 * ask opens a dialog. order gets the values of its fields and sends the order; while it fails
 * the dialog stays open and shows why. The promise is true when the order was taken.
 */
export function ask({ heading, text, fields = [], action, danger = false, order }) {
  const id = `ask-${++asked}`;
  const problem = h('div', {});
  const inputs = fields.map((f) => input(f, id));
  const submit = h('button', { type: 'submit', class: danger ? 'danger' : 'primary' }, action);

  return new Promise((resolve) => {
    const key = document.activeElement?.dataset?.key;
    const form = h('form', { method: 'dialog' },
      h('h2', { id }, heading),
      text ? h('p', { class: 'text' }, text) : null,
      inputs.map((i) => i.row),
      problem,
      h('div', { class: 'buttons' },
        submit,
        h('button', { type: 'button', onclick: () => dialog.close() }, 'Leave it')));
    const dialog = h('dialog', { 'aria-labelledby': id }, form);
    let taken = false;

    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      submit.disabled = true;
      problem.replaceChildren();
      try {
        await order(Object.fromEntries(inputs.map((i) => [i.name, i.value()])));
        taken = true;
        dialog.close();
      } catch (err) {
        problem.replaceChildren(failure(err));
      } finally {
        submit.disabled = false;
      }
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      // The browser gives the focus back to the opener, unless the view was shown again since.
      if (document.activeElement === document.body) focusAgain(key);
      resolve(taken);
    });

    document.body.append(dialog);
    dialog.showModal();
  });
}

function input(f, id) {
  const own = `${id}-${f.name}`;
  const field = f.type === 'text'
    ? h('textarea', { id: own, rows: 3, maxlength: 1000, required: f.required ?? false })
    : h('input', { id: own, type: f.type, required: f.required ?? false, maxlength: f.type === 'line' ? 2000 : false });
  if (f.value) field.value = f.value;

  return {
    name: f.name,
    value: () => field.value.trim(),
    row: h('div', { class: 'field' },
      h('label', { for: own }, f.label, f.required ? null : h('span', { class: 'quiet' }, ' (if you like)')),
      field,
      f.help ? h('p', { class: 'help' }, f.help) : null),
  };
}
