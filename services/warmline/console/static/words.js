// Labels as people say them, from words.json: the one place to change or translate them.

let table = {};

export async function loadWords() {
  const answer = await fetch(new URL("words.json", import.meta.url), { cache: "no-cache" });
  if (!answer.ok) throw new Error(`words.json: ${answer.status}`);
  table = await answer.json();
}

// A label that is not in the table is shown as it is, with spaces: a newer service may send one that this page
// does not know yet.
export function word(kind, label) {
  if (label === null || label === undefined) return "";
  const known = table[kind];
  return (known && Object.hasOwn(known, label) && known[label]) || String(label).replaceAll("_", " ");
}

// What a turn does can be good or a fault; both come in one list.
export const isFault = (label) => Object.hasOwn(table.fault ?? {}, label);
export const behaviour = (label) => word(isFault(label) ? "fault" : "behaviour", label);

// Why an alert was opened or changed: a term of the risk, a cue or a step of its life.
export const reason = (label) => word(Object.hasOwn(table.cue ?? {}, label) ? "cue" : "reason", label);

// Valence -1..1 in words, so that no meaning hangs on colour or the height of a line alone.
export function moodWord(valence) {
  if (valence === null || valence === undefined) return "not heard yet";
  if (valence <= -0.6) return "very upset";
  if (valence <= -0.25) return "upset";
  if (valence < 0.25) return "even";
  if (valence < 0.6) return "good";
  return "very good";
}

const ARROWS = { falling_fast: "⇊", falling: "↓", steady: "→", rising: "↑", rising_fast: "⇈" };
export const trendArrow = (trend) => ARROWS[trend] ?? "";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const timeOfDay = (ms) => clock.format(new Date(ms));

// A point in time: with its date where it is not of today, since a time alone is read as today's.
const dated = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
export const isToday = (ms, nowMs = Date.now()) => new Date(ms).toDateString() === new Date(nowMs).toDateString();
export const pointInTime = (ms, nowMs = Date.now()) => (isToday(ms, nowMs) ? clock : dated).format(new Date(ms));

export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

export const percent = (share) => `${Math.round(share * 100)}`;

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
