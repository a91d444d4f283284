// The floor by risk. The order holds still while somebody works in it, and for good where they ask for that.

import { arrange, el, say, show } from "../dom.js";
import { hasEnded, liveAlert } from "../floor.js";
import { plural } from "../words.js";
import { conversationRow } from "./row.js";

const AT_FIRST = 40; // rows; the riskiest are among them
const SETTLE_MS = 8_000; // after the last key, click or move in the list the order may change again

export function supervisorView(app) {
  const rows = new Map();
  const heading = el("h1", { tabindex: "-1" }, "Live conversations");
  const queue = el("select", { id: "queue", onchange: filter });
  const hold = el("button", { type: "button", aria: { pressed: "false" }, onclick: toggleHold }, "Hold the order");
  const count = el("p", { class: "soft count" });
  const moved = el("button", { type: "button", class: "quiet", onclick: () => paint(true) });
  const list = el("ol", { class: "rows", aria: { label: "Live conversations by risk" } });
  const empty = el("p", { class: "card soft" });
  const more = el("button", { type: "button", onclick: showMore }, "Show all");
  const node = el(
    "section",
    {},
    el(
      "div",
      { class: "bar" },
      heading,
      count,
      el("span", { class: "spring" }),
      el("label", { for: "queue" }, "Queue"),
      queue,
      hold,
      moved,
    ),
    list,
    empty,
    more,
  );
  let order = [];
  let held = false;
  let busyUntilMs = 0;
  let most = AT_FIRST;
  let shownQueues = null;

  for (const kind of ["pointermove", "pointerdown", "keydown", "focusin"]) {
    list.addEventListener(kind, () => (busyUntilMs = Date.now() + SETTLE_MS), { passive: true });
  }

  function filter() {
    app.queue = queue.value === "" ? null : queue.value;
    paint(true);
  }

  function toggleHold() {
    held = !held;
    hold.setAttribute("aria-pressed", String(held));
    paint();
  }

  function showMore() {
    most = Infinity;
    paint(true);
    heading.focus();
  }

  function paint(anew = false) {
    const nowMs = Date.now();
    offerQueues();
    const wanted = app.feed.floor.ordered(app.queue).map((known) => known.id);
    const settled = anew || (!held && nowMs >= busyUntilMs);
    order = settled ? wanted : kept(order, wanted);
    const shown = order.slice(0, most);
    for (const [id, row] of rows) {
      if (shown.includes(id)) continue;
      row.destroy();
      rows.delete(id);
    }
    for (const id of shown) {
      if (!rows.has(id)) {
        rows.set(id, conversationRow(app, id));
        app.feed.wantLine(id);
      }
      rows.get(id).update(app.feed.floor.conversations.get(id), nowMs);
    }
    arrange(
      list,
      shown.map((id) => rows.get(id).node),
    );
    const misplaced = wanted.filter((id, place) => order[place] !== id).length;
    show(moved, misplaced > 0);
    say(moved, "Sort now");
    tell(wanted);
    show(more, order.length > most);
  }

  function tell(wanted) {
    const shown = wanted.map((id) => app.feed.floor.conversations.get(id));
    const live = shown.filter((known) => !hasEnded(known)).length;
    const alerts = shown.filter(liveAlert).length;
    say(count, app.feed.loaded ? `${live} live · ${plural(alerts, "alert")}` : "");
    show(empty, wanted.length === 0);
    const waiting =
      app.queue === null
        ? "Nobody is talking just now. A conversation appears with its first turn."
        : "Nobody is talking in this queue just now.";
    say(empty, app.feed.loaded ? waiting : "Asking the gateway…");
  }

  function offerQueues() {
    const names = app.feed.floor.queues();
    if (app.queue !== null && !names.includes(app.queue)) names.push(app.queue);
    if (shownQueues === names.join("\n")) return;
    shownQueues = names.join("\n");
    queue.replaceChildren(
      el("option", { value: "" }, "All"),
      ...names.map((name) => el("option", { value: name }, name)),
    );
    queue.value = app.queue ?? "";
  }

  const unsubscribe = app.feed.subscribe(() => paint());
  paint(true);
  return {
    title: "Live",
    node,
    focus: heading,
    destroy() {
      unsubscribe();
      for (const row of rows.values()) row.destroy();
    },
  };
}

// Those that were there stay where they are; new ones come at the end.
function kept(order, wanted) {
  const still = new Set(wanted);
  const there = order.filter((id) => still.has(id));
  const known = new Set(there);
  return [...there, ...wanted.filter((id) => !known.has(id))];
}
