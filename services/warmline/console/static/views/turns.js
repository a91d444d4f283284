// The turns as a list; new ones are added, known ones only touched where something about them changed.

import { arrange, el } from "../dom.js";
import { behaviour, isFault, isToday, moodWord, pointInTime, span, word } from "../words.js";
import { cuesOf } from "./heard.js";

export function turnList() {
  const node = el("ol", { class: "turns" });
  const shown = new Map();

  function update(turns, moments) {
    const momentOf = new Map(moments.map((moment) => [moment.turn_id, moment]));
    const metBy = new Set(moments.filter((moment) => moment.outcome === "met").map((moment) => moment.answered_by));
    const items = turns.map((turn) => {
      const moment = momentOf.get(turn.turn_id);
      const mark = JSON.stringify([turn, moment, metBy.has(turn.turn_id), isToday(turn.spoken_at)]);
      const known = shown.get(turn.turn_id);
      if (known?.mark === mark) return known.item;
      const item = turnItem(turn, moment, metBy.has(turn.turn_id));
      if (known) known.item.replaceWith(item);
      shown.set(turn.turn_id, { mark, item });
      return item;
    });
    arrange(node, items);
  }

  return { node, update };
}

function turnItem(turn, moment, met) {
  return el(
    "li",
    { class: `turn ${turn.role === "customer" ? "theirs" : "ours"}` },
    el("p", { class: "who" }, `${word("role", turn.role)} · ${pointInTime(turn.spoken_at)}`),
    turn.text ? el("p", { class: "text" }, turn.text) : null,
    el("ul", { class: "chips" }, ...chips(turn)),
    moment ? el("p", { class: "moment", data: { outcome: moment.outcome } }, momentWords(moment)) : null,
    met ? el("p", { class: "moment", data: { outcome: "met" } }, "✓ This met the moment before it") : null,
  );
}

function chips(turn) {
  if (turn.abstained) return [el("li", {}, `not judged: ${word("abstained", turn.abstained)}`)];
  if (turn.role === "system") return [];
  if (turn.role !== "customer") {
    const did = (turn.behaviours ?? []).map((label) =>
      el("li", { class: isFault(label) ? "bad" : "good" }, behaviour(label)),
    );
    return did.length ? did : [el("li", {}, turn.empathy ? word("empathy", turn.empathy) : "neither warm nor cold")];
  }
  const emotions = (turn.emotions ?? [])
    .filter((label) => label !== "neutral")
    .map((label) => el("li", {}, word("emotion", label)));
  const cues = cuesOf(turn).map((cue) => el("li", { class: "cue" }, cue));
  return [el("li", {}, moodWord(turn.valence)), ...emotions, ...cues];
}

export function momentWords(moment) {
  if (moment.outcome === "met") return `✓ A moment, met after ${span(moment.response_ms ?? 0)}`;
  if (moment.outcome === "missed") return "✗ A moment, missed: the feeling went unanswered";
  if (moment.outcome === "moot") return "A moment that was no longer needed";
  return "? An open moment: the feeling waits for an answer";
}
