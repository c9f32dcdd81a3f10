// Draws how many requests were closed on each day. The table below it says the same in text.
import { h, svg } from './dom.js';
import { day as written, number, things } from './format.js';
import { table } from './parts.js';

const WIDTH = 600;
const HEIGHT = 140;
const LEFT = 34;
const BOTTOM = 20;
const TOP = 10;
const COLUMNS = [{ name: 'Day' }, { name: 'Closed', class: 'number' }, { name: 'Succeeded', class: 'number' }];

/** throughput draws days of {day, closed, succeeded}. */
export function throughput(days) {
  const closed = days.reduce((n, d) => n + d.closed, 0);
  const succeeded = days.reduce((n, d) => n + d.succeeded, 0);
  if (closed === 0) return h('p', { class: 'quiet' }, 'Nothing was closed in these days.');

  const most = round(Math.max(...days.map((d) => d.closed)));
  const summary = `${things(closed, 'request')} closed, ${number(succeeded)} of them without a failure.`;
  return h('figure', {},
    h('figcaption', {}, summary, h('span', { class: 'legend' }, h('span', { class: 'key ok' }), 'succeeded ', h('span', { class: 'key other' }), 'other ends')),
    drawing(days, most, summary),
    h('details', { 'data-key': 'days' }, h('summary', {}, 'The same as a table'),
      table('Closed on each day', COLUMNS, days.map((d) => [written(d.day), number(d.closed), number(d.succeeded)]))));
}

/** round returns the end of the axis: the next even number whose first digit is 1, 2 or 5. */
function round(n) {
  const size = 10 ** Math.floor(Math.log10(n));
  return Math.max(2, [1, 2, 5, 10].map((f) => f * size).find((f) => f >= n));
}

function drawing(days, most, summary) {
  const width = (WIDTH - LEFT) / days.length;
  const y = (n) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - n / most);
  const height = (n) => (HEIGHT - TOP - BOTTOM) * (n / most);

  const axis = [0, most / 2, most].map((n) => [
    svg('line', { class: 'grid', x1: LEFT, x2: WIDTH, y1: y(n), y2: y(n) }),
    svg('text', { x: LEFT - 6, y: y(n) + 4, 'text-anchor': 'end' }, number(n)),
  ]);
  const bars = days.map((d, i) => {
    const x = LEFT + i * width + width * 0.15;
    return svg('g', {},
      svg('title', {}, `${written(d.day)}: ${number(d.closed)} closed, ${number(d.succeeded)} succeeded`),
      svg('rect', { class: 'other', x, y: y(d.closed), width: width * 0.7, height: height(d.closed - d.succeeded) }),
      svg('rect', { class: 'ok', x, y: y(d.succeeded), width: width * 0.7, height: height(d.succeeded) }));
  });
  const names = [0, Math.floor(days.length / 2), days.length - 1].map((i, n) =>
    svg('text', { x: LEFT + (i + 0.5) * width, y: HEIGHT - 4, 'text-anchor': ['start', 'middle', 'end'][n] }, written(days[i].day)));

  return svg('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': summary }, axis, bars, names);
}
