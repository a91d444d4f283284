// One alert: how grave, why, what to do, what it rests on, and three buttons for what somebody makes of it.

import { get, post } from "../api.js";
import { readDetail } from "../detail.js";
import { el, say, show, unseen } from "../dom.js";
import { heardWords } from "./heard.js";
import { percent, plural, pointInTime, reason, word } from "../words.js";

const VERDICTS = [
  ["acknowledged", "Acknowledge", "Somebody looks after it"],
  ["confirmed", "Confirm", "The alert is right"],
  ["false_alarm", "False alarm", "The alert is wrong, and closes"],
];
const SENT = { acknowledged: "Acknowledged", confirmed: "Confirmed", false_alarm: "Marked as a false alarm" };

const sent = new Map(); // alert id to the verdicts sent from here; a list that is drawn anew does not forget them
const SENT_MOST = 500;
const NEW_MS = 700; // a press this soon after another alert took its place was meant for the one before
const AGAIN_MS = 10_000; // evidence that is not to be had is not asked for with every painting

export const forgetVerdicts = () => sent.clear();

export function alertPanel(app) {
  const badge = el("span", { class: "badge" });
  const why = el("span", { class: "why" });
  const todo = el("p", { class: "todo" });
  const terms = el("ul", { class: "chips" });
  const summary = el("summary");
  const evidence = el("ol", { class: "evidence" });
  const about = el(
    "details",
    { ontoggle: () => about.open && showEvidence() },
    summary,
    evidence,
    el("p", { class: "soft" }, "What the risk is made of:"),
    terms,
  );
  const told = el("p", { class: "told" });
  const buttons = VERDICTS.map(([verdict, label, title]) =>
    el(
      "button",
      { type: "button", title, data: { verdict }, aria: { pressed: "false" }, onclick: () => send(verdict) },
      label,
    ),
  );
  const row = el(
    "div",
    { class: "verdicts", role: "group", aria: { label: "What do you make of this alert?" } },
    ...buttons,
  );
  const node = el("div", { class: "alert" }, el("p", { class: "headline" }, badge, why), todo, about, row, told);
  let alert = null;
  let shownFor = "";
  let lacking = false; // of what is shown something is missing
  let askedMs = -Infinity;
  let changedMs = -Infinity;
  let busy = false;

  function update(newest) {
    if (alert?.alert_id !== newest.alert_id) {
      if (alert) changedMs = performance.now();
      say(told, "");
      about.open = false;
    }
    alert = newest;
    node.dataset.severity = alert.severity;
    node.dataset.state = alert.state;
    say(badge, word("severity", alert.severity));
    const closed = alert.state === "closed";
    say(why, closed ? `closed: ${reason(alert.reason)}` : reason(alert.rule === "risk" ? alert.reason : alert.rule));
    say(todo, closed ? "" : whatToDo(alert));
    say(summary, `What it rests on (${plural(alert.evidence.length, "turn")})`);
    const made = alert.contributions
      .filter((part) => Math.abs(part.value) >= 0.005)
      .map((part) => `${reason(part.term)} ${part.value > 0 ? "+" : "−"}${percent(Math.abs(part.value))}`);
    if (terms.dataset.made !== made.join()) {
      terms.dataset.made = made.join();
      terms.replaceChildren(...made.map((text) => el("li", {}, text)));
    }
    show(row, app.may("feedback"));
    const verdicts = sent.get(alert.alert_id);
    for (const button of buttons)
      button.setAttribute("aria-pressed", String(Boolean(verdicts?.has(button.dataset.verdict))));
    if (about.open) showEvidence();
  }

  async function showEvidence() {
    const wanted = `${alert.alert_id} ${alert.evidence.join()}`;
    if (shownFor === wanted && !(lacking && performance.now() - askedMs > AGAIN_MS)) return;
    shownFor = wanted;
    lacking = false;
    askedMs = performance.now();
    const asked = alert;
    try {
      const answer = await get(`/v1/conversations/${encodeURIComponent(asked.conversation_id)}`);
      const turns = new Map(readDetail(answer).turns.map((turn) => [turn.turn_id, turn]));
      if (shownFor !== wanted) return;
      evidence.replaceChildren(...asked.evidence.map((id) => evidenceItem(id, turns.get(id))));
      lacking = asked.evidence.some((id) => !turns.has(id));
    } catch (error) {
      if (shownFor !== wanted || app.refused(error)) return;
      evidence.replaceChildren(el("li", { class: "fault" }, error.message));
      lacking = true;
    }
  }

  async function send(verdict) {
    if (busy) return;
    if (performance.now() - changedMs < NEW_MS) {
      return tell(alert, "Not sent: another alert has just come here.");
    }
    busy = true;
    const judged = alert;
    say(told, "Sending…");
    try {
      await post(`/v1/alerts/${encodeURIComponent(judged.alert_id)}/feedback`, { verdict });
      remember(judged.alert_id, verdict);
      tell(judged, `${SENT[verdict]}.`);
    } catch (error) {
      if (app.refused(error)) return;
      tell(judged, `Not sent: ${error.message}`);
    } finally {
      busy = false;
      update(alert);
    }
  }

  // By now another alert may stand here, of which this is not true: then it is only said aloud.
  function tell(judged, text) {
    if (alert.alert_id === judged.alert_id) say(told, text);
    app.announcer.answer(text);
  }

  return { node, update };
}

function remember(alertId, verdict) {
  const verdicts = sent.get(alertId) ?? new Set();
  sent.set(alertId, verdicts.add(verdict));
  if (sent.size > SENT_MOST) sent.delete(sent.keys().next().value);
}

function whatToDo(alert) {
  const parts = [];
  if (alert.routing) {
    parts.push(
      word("action", alert.routing.action),
      `${word("skill", alert.routing.skill)}`,
      `by ${pointInTime(alert.routing.act_by)}`,
    );
  }
  if (alert.acknowledged_by) parts.push(`acknowledged by ${alert.acknowledged_by}`);
  return parts.join(" · ");
}

// A turn in evidence: what was heard in it; its words only where the policy lets the gateway give them.
function evidenceItem(id, turn) {
  if (!turn) return el("li", {}, `Turn ${id}, not at hand any more`);
  const heard = heardWords(turn);
  return el(
    "li",
    {},
    el("span", { class: "who" }, `${word("role", turn.role)}, ${pointInTime(turn.spoken_at)}`),
    heard ? el("span", {}, `: ${heard}`) : null,
    turn.text ? el("q", {}, turn.text) : unseen(" Its words are not shown here."),
  );
}
