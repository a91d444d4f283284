// An agent's own day: what did good first, then what weighed, whether a break would help, and who else can see this.

import { get } from "../api.js";
import { el, say, show } from "../dom.js";
import { isToday, plural, pointInTime, word } from "../words.js";

const AGAIN_MS = 60_000; // strain moves over minutes
const STILL_NEW_MS = 60 * 60_000; // an hour: midnight takes no advice from a night shift

const WHAT_THIS_IS =
  "This is an account of what you were exposed to and how you recovered, from the text of contacts alone. " +
  "It is no diagnosis, no measure of your work, and is compared with nobody else's.";
const NOTHING_YET =
  "Nothing is counted here yet. Thanks, relief and contacts that you turned around will be; " +
  "so is every real break, by letting the load fade faster.";

export function agentView(app, agentId) {
  const own = app.session.agent_id === agentId;
  const heading = el("h1", { tabindex: "-1" }, own ? "Your day" : `The day of ${agentId}`);
  const fault = el("p", { class: "fault", role: "alert" });
  const advice = el("p", { class: "card advice" });
  const good = el("ul", { class: "plain" });
  const heavy = el("ul", { class: "plain" });
  const day = meter("meter-day");
  const weeks = meter("meter-weeks");
  const band = el("p", { class: "band" });
  const when = el("p", { class: "soft" });
  const readers = el("ul", { class: "plain" });
  const body = el(
    "div",
    {},
    advice,
    el("section", { class: "card good-first" }, el("h2", {}, "What did good"), good),
    el("section", { class: "card" }, el("h2", {}, "What weighed"), heavy),
    el("section", { class: "card" }, el("h2", {}, "How it adds up"), band, day.node, weeks.node, when),
    el("section", { class: "card" }, el("h2", {}, "Who else can see this"), readers),
    el("p", { class: "soft" }, WHAT_THIS_IS),
  );
  const node = el("section", { class: "narrow-view" }, heading, fault, body);
  let gone = false;
  show(body, false);

  async function read() {
    try {
      const answer = await get(`/v1/agents/${encodeURIComponent(agentId)}/wellbeing`);
      if (gone) return;
      paint(answer.wellbeing, answer.readers ?? []);
      say(fault, "");
    } catch (error) {
      if (gone || app.refused(error)) return;
      if (error.status === 403) show(body, false); // it may be seen no longer
      say(fault, error.status === 403 ? "This page is for the agent and for whom the policy names." : error.message);
    }
  }

  function paint(signal, others) {
    show(body, true);
    const because = signal?.because ?? [];
    const helped = because.filter((part) => part.points < 0);
    const weighed = because.filter((part) => part.points > 0);
    list(good, helped.map(factor), NOTHING_YET);
    list(heavy, weighed.map(factor), "Nothing that weighs.");
    const ofToday = !signal || isToday(signal.as_of) || Date.now() - signal.as_of < STILL_NEW_MS;
    const muchWeighs = signal?.kind === "break_suggested" || ["high", "severe"].includes(signal?.band);
    const rest = ofToday && muchWeighs; // what weighed days ago says nothing of now
    show(advice, rest);
    say(advice, rest ? "A break would help now: some time away from contacts, and the load fades faster." : "");
    say(
      band,
      signal
        ? `${word("band", signal.band)}, since ${pointInTime(signal.since)}`
        : "Calm: nothing out of the ordinary so far.",
    );
    day.update(ofToday ? "Load of today" : "Load of that day", signal?.acute ?? 0);
    weeks.update(ofToday ? "Load of the last weeks" : "Load of the weeks before", signal?.chronic ?? 0);
    say(
      when,
      signal
        ? `Last change ${pointInTime(signal.as_of)}: ${word("signal", signal.kind)}. ` +
            `Rests on ${plural(signal.evidence.length, "contact")}. ` +
            "The load fades with time; this shows how it stood then."
        : "",
    );
    list(readers, others.map(readerWords), own ? "Nobody but you." : "Nobody but the agent.");
  }

  const timer = setInterval(read, AGAIN_MS);
  read();
  return {
    title: own ? "My day" : `Day of ${agentId}`,
    node,
    focus: heading,
    destroy() {
      gone = true;
      clearInterval(timer);
    },
  };
}

const factor = (part) =>
  `${word("factor", part.factor)}: ${part.points > 0 ? "+" : "−"}${Math.abs(part.points)} points`;
const readerWords = (reader) =>
  typeof reader === "string" ? reader : [reader.who, reader.why].filter(Boolean).join(": ");

function list(node, texts, none) {
  const wanted = texts.length ? texts : [none];
  if (node.dataset.shown === wanted.join("\n")) return; // who reads it loses their place
  node.dataset.shown = wanted.join("\n");
  node.replaceChildren(...wanted.map((text) => el("li", {}, text)));
}

function meter(id) {
  const label = el("label", { for: id });
  const value = el("span", {});
  const bar = el("meter", { id, min: "0", max: "100", value: "0" });
  return {
    node: el("p", { class: "meter" }, label, bar, value),
    update(named, points) {
      say(label, named);
      bar.value = points;
      say(value, `${points} of 100`);
    },
  };
}
