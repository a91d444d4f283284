// One conversation: its curve, its moments, what worked, and every turn as it was heard.

import { get } from "../api.js";
import { moodCurve } from "../chart.js";
import { gatewayNow } from "../clock.js";
import { curveOf, readDetail } from "../detail.js";
import { el, say, show } from "../dom.js";
import { liveMove } from "../floor.js";
import { behaviour, moodWord, percent, plural, pointInTime, span, word } from "../words.js";
import { alertPanel } from "./alert.js";
import { momentWords, turnList } from "./turns.js";

const AGAIN_MS = 1_000; // least time between two readings
const UNTOLD_MS = 10_000; // without news it is read again all the same: a move lapses, a policy changes

export function conversationView(app, id) {
  const heading = el("h1", { tabindex: "-1" }, `Conversation ${id}`);
  const facts = el("p", { class: "soft" });
  const fault = el("p", { class: "fault", role: "alert" });
  const panel = alertPanel(app);
  const move = el("p", { class: "card move" });
  const host = el("div", { class: "curve", aria: { hidden: "true" } });
  const caption = el("figcaption");
  const key = el(
    "p",
    { class: "soft key", aria: { hidden: "true" } },
    "Line: mood. Dots: the customer's turns. ✓ met, ✗ missed, ? open.",
  );
  const worked = el("ul", { class: "plain" });
  const missed = el("ul", { class: "plain" });
  const turns = turnList();
  const body = el(
    "div",
    {},
    move,
    panel.node,
    el("figure", { class: "card" }, caption, host, key),
    el("div", { class: "two" }, section("What worked", worked), section("What was missed", missed)),
    el("section", { class: "card" }, el("h2", {}, "Turn by turn"), turns.node),
  );
  const node = el(
    "section",
    { class: "conversation" },
    el("p", {}, el("a", { href: "#/live" }, "← All conversations")),
    heading,
    facts,
    fault,
    body,
  );
  let chart = null;
  let reading = false;
  let timer = null;
  let gone = false;
  let readMs = -Infinity;
  let readMark = "";
  show(body, false);

  async function read() {
    if (reading || gone) return;
    reading = true;
    readMark = mark();
    try {
      const answer = await get(`/v1/conversations/${encodeURIComponent(id)}`);
      if (!gone) paint(readDetail(answer, app.feed.floor.conversations.get(id)?.allMoments));
      say(fault, "");
    } catch (error) {
      if (gone || app.refused(error)) return;
      say(fault, error.status === 404 ? "There is no conversation of this name, or no longer." : error.message);
    }
    reading = false;
    readMs = performance.now();
  }

  function mark() {
    const { incarnation, episode, revision, alert } = app.feed.floor.conversations.get(id) ?? {};
    return [incarnation, episode, revision, alert?.alert_id, alert?.sequence].join(" ");
  }

  function changed() {
    paintMove();
    const sinceMs = performance.now() - readMs;
    if (timer !== null || (mark() === readMark && sinceMs < UNTOLD_MS)) return;
    timer = setTimeout(
      () => {
        timer = null;
        read();
      },
      Math.max(0, AGAIN_MS - sinceMs),
    );
  }

  function paint(detail) {
    const { view, turns: spoken, moments } = detail;
    const window = view.window ?? {};
    show(body, true);
    chart ??= moodCurve(host);
    const place = [
      view.queue ?? "no queue",
      word("channel", view.channel),
      view.agent_id,
      plural(window.turns ?? 0, "turn"),
    ];
    say(facts, [...place, window.ended ? word("ending", window.ended) : null].filter(Boolean).join(" · "));
    const curve = curveOf(detail);
    chart.update(curve);
    say(caption, summaryOf(curve, window));
    show(panel.node, Boolean(view.alert));
    if (view.alert) panel.update(view.alert);
    const byId = new Map(spoken.map((turn) => [turn.turn_id, turn]));
    fill(
      worked,
      moments.filter((moment) => moment.outcome === "met").map((moment) => workedWords(moment, byId)),
      "No moment has been met yet.",
    );
    fill(
      missed,
      moments
        .filter((moment) => moment.outcome === "missed")
        .map((moment) => `${pointInTime(moment.opened_at)}: ${momentWords(moment)}`),
      "No moment was missed.",
    );
    turns.update(spoken, moments);
    paintMove();
  }

  function paintMove() {
    const live = liveMove(app.feed.floor.conversations.get(id), gatewayNow());
    show(move, Boolean(live));
    if (live) say(move, `${word("assist", live.kind)}: ${live.text} (${live.reason})`);
  }

  const unsubscribe = app.feed.subscribe(changed);
  read();
  return {
    title: `Conversation ${id}`,
    node,
    focus: heading,
    destroy() {
      gone = true;
      unsubscribe();
      clearTimeout(timer);
      chart?.destroy();
    },
  };
}

const section = (title, list) => el("section", { class: "card" }, el("h2", {}, title), list);

function fill(list, texts, none) {
  const wanted = texts.length ? texts : [none];
  if (list.dataset.shown === wanted.join("\n")) return;
  list.dataset.shown = wanted.join("\n");
  list.replaceChildren(...wanted.map((text) => el("li", {}, text)));
}

function workedWords(moment, byId) {
  const answer = byId.get(moment.answered_by);
  const did = (answer?.behaviours ?? []).map(behaviour).join(", ");
  const parts = [`${pointInTime(moment.opened_at)}: ${did || "an empathetic answer"}`];
  if (moment.response_ms !== null) parts.push(`after ${span(moment.response_ms)}`);
  if (moment.effect !== null && moment.effect !== undefined) {
    parts.push(
      moment.effect > 0.05 ? `the mood rose by ${percent(moment.effect)} points` : "the mood did not rise with it",
    );
  }
  return parts.join(", ");
}

// The curve in a sentence: what the picture says to who cannot see it.
function summaryOf(curve, window) {
  if (!curve.spoken.length) return "The customer has not been heard yet.";
  const lowest = curve.spoken.reduce((low, point) => (point.valence < low.valence ? point : low));
  const now = window.mood ?? curve.spoken.at(-1).valence;
  const began = `Began ${moodWord(curve.spoken[0].valence)}`;
  const low = `lowest at ${pointInTime(lowest.at)}, ${moodWord(lowest.valence)}`;
  return `${began}; ${low}; now ${moodWord(now)}, ${word("trend", window.trend ?? "steady")}.`;
}
