// Mood lines with uPlot: a small one for a row, a large one with its moments for a conversation.
// Colours come from the style sheet when a line is drawn, so that light and dark need no other code.

import { timeOfDay } from "./words.js";

const uPlot = globalThis.uPlot;
const drawn = new Set();

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const chart of drawn) chart.redraw(false, true);
});

const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const UNITS = { x: { time: false }, y: { range: [-1.08, 1.08] } };
const SMALL = { width: 132, height: 44 };
const LARGE_HEIGHT = 240;
const LEAST_WIDTH = 180; // a page of 320 pixels, as at 400 %, has room for more
const EVEN = [
  [0, 0],
  [-1, 1],
];

// A line without axes. `update(points)` takes [{as_of, mood}].
export function moodLine(host) {
  const chart = new uPlot(
    {
      ...SMALL,
      padding: [2, 2, 2, 2],
      cursor: { show: false },
      legend: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: UNITS,
      series: [{}, { stroke: colour("--line"), width: 2, points: { show: false } }],
      hooks: { drawClear: [evenLine], draw: [lastPoint] },
    },
    [[0], [null]],
    host,
  );
  drawn.add(chart);
  let newest = null;
  return {
    update(points) {
      const last = points.at(-1);
      const mark = last ? `${points.length} ${last.as_of} ${last.mood}` : "";
      if (mark === newest) return;
      newest = mark;
      // Turn after turn, not second after second: a silence would else press the line into a corner.
      chart.setData([points.map((_point, place) => place), points.map((point) => point.mood)]);
    },
    destroy() {
      drawn.delete(chart);
      chart.destroy();
    },
  };
}

// A little more than the first and last turn, so that marks at the ends are whole.
function roomy(_chart, first, last) {
  const room = Math.max(5, (last - first) * 0.03);
  return [first - room, last + room];
}

function evenLine(chart) {
  const y = Math.round(chart.valToPos(0, "y", true)) + 0.5;
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour("--hairline")();
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function lastPoint(chart) {
  const place = chart.data[0].length - 1;
  const value = chart.data[1][place];
  if (value === null || value === undefined) return;
  const { ctx } = chart;
  ctx.save();
  ctx.fillStyle = colour("--line")();
  ctx.beginPath();
  ctx.arc(
    chart.valToPos(chart.data[0][place], "x", true),
    chart.valToPos(value, "y", true),
    3 * devicePixelRatio,
    0,
    7,
  );
  ctx.fill();
  ctx.restore();
}

const GLYPHS = { met: "✓", missed: "✗", pending: "?" };

// The conversation's curve. `update({times, mood, valence, moments})`: ms, -1..1, and [{at, valence, outcome}].
export function moodCurve(host) {
  let moments = [];
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--hairline"), width: 1 }, ticks: { show: false } };
  const chart = new uPlot(
    {
      width: Math.max(LEAST_WIDTH, host.clientWidth),
      height: LARGE_HEIGHT,
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      legend: { show: false },
      scales: { x: { time: true, range: roomy }, y: UNITS.y },
      axes: [
        { ...axis, space: 80, values: (_chart, seconds) => seconds.map((s) => timeOfDay(s * 1000)) },
        {
          ...axis,
          size: 84,
          splits: () => [-1, -0.5, 0, 0.5, 1],
          values: () => ["very upset", "", "even", "", "very good"],
        },
      ],
      series: [
        {},
        { label: "mood", stroke: colour("--line"), width: 2.5, points: { show: false }, spanGaps: true },
        {
          label: "turn",
          stroke: colour("--soft"),
          width: 0,
          paths: () => null,
          points: { show: true, size: 6, fill: colour("--soft") },
        },
      ],
      hooks: { drawClear: [evenLine], draw: [(self) => drawMoments(self, moments)] },
    },
    [...EVEN, [null, null]],
    host,
  );
  drawn.add(chart);
  const resized = new ResizeObserver(() => {
    const width = Math.max(LEAST_WIDTH, Math.floor(host.clientWidth));
    if (width !== chart.width) chart.setSize({ width, height: LARGE_HEIGHT });
  });
  resized.observe(host);
  return {
    update(curve) {
      moments = curve.moments;
      chart.setData([curve.times.map((ms) => ms / 1000), curve.mood, curve.valence]);
    },
    destroy() {
      resized.disconnect();
      drawn.delete(chart);
      chart.destroy();
    },
  };
}

function drawMoments(chart, moments) {
  const { ctx } = chart;
  ctx.save();
  ctx.font = `700 ${15 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  for (const { at, valence, outcome } of moments) {
    if (!GLYPHS[outcome]) continue;
    ctx.fillStyle = colour(`--${outcome}`)();
    const above = valence < 0.6 ? -8 : 20;
    ctx.fillText(
      GLYPHS[outcome],
      chart.valToPos(at / 1000, "x", true),
      chart.valToPos(valence, "y", true) + above * devicePixelRatio,
    );
  }
  ctx.restore();
}
