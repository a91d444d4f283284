// One live conversation in the supervisor's list.

import { moodLine } from "../chart.js";
import { el, say, show } from "../dom.js";
import { hasEnded } from "../floor.js";
import { moodWord, percent, plural, span, trendArrow, word } from "../words.js";
import { alertPanel } from "./alert.js";

export function conversationRow(app, id) {
  const link = el("a", { href: `#/conversation/${encodeURIComponent(id)}` }, id);
  const where = el("p", { class: "where" });
  const risk = el("strong");
  const riskBox = el("p", { class: "risk" }, risk, el("span", { class: "soft" }, "risk"));
  const line = el("div", { class: "line", aria: { hidden: "true" } });
  const mood = el("p", { class: "mood" });
  const moments = el("p", { class: "moments" });
  const panel = alertPanel(app);
  const quiet = el("p", { class: "soft no-alert" }, "No alert");
  const node = el(
    "li",
    { class: "row" },
    riskBox,
    el("div", { class: "who-where" }, el("h2", {}, link), where),
    el("div", { class: "feeling" }, line, mood, moments),
    el("div", { class: "alert-place" }, panel.node, quiet),
  );
  const chart = moodLine(line);

  function update(known, nowMs) {
    say(risk, known.risk === null ? "–" : percent(known.risk));
    const place = [known.queue ?? "no queue", word("channel", known.channel), answering(known)];
    say(where, [...place, howItGoes(known, nowMs)].filter(Boolean).join(" · "));
    say(
      mood,
      known.mood === null
        ? "Mood not heard yet"
        : `Mood ${moodWord(known.mood)} ${trendArrow(known.trend)} ${word("trend", known.trend)}`,
    );
    const { open, met, missed } = known.moments;
    say(moments, momentsWords(open, met, missed));
    moments.classList.toggle("open", open > 0);
    node.dataset.ended = String(hasEnded(known));
    node.dataset.severity = known.alert && known.alert.state !== "closed" ? known.alert.severity : "none";
    chart.update(known.points);
    show(panel.node, Boolean(known.alert));
    show(quiet, !known.alert);
    if (known.alert) panel.update(known.alert);
  }

  return { node, update, destroy: chart.destroy };
}

function howItGoes(known, nowMs) {
  if (known.ended) return word("ending", known.ended);
  if (hasEnded(known)) return "ended";
  return known.asOf ? `${span(nowMs - known.asOf)} ago` : "";
}

function momentsWords(open, met, missed) {
  if (open + met + missed === 0) return "No moments yet";
  return `${open ? `${plural(open, "open moment")} · ` : "Moments: "}${met} met · ${missed} missed`;
}

function answering(known) {
  if (!known.agentId) return "nobody has answered yet";
  const role = known.agentRole === "agent" || !known.agentRole ? "" : `${word("role", known.agentRole)} `;
  return `${role}${known.agentId}`;
}
