// The floor by risk. The order holds still while somebody works in it, and for good where they ask for that.

import { gatewayNow } from "../clock.js";
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
  let order = app.held ?? [];
  let held = app.held !== null; // also after a look at one conversation
  let busyUntilMs = -Infinity;
  let most = AT_FIRST;
  let shownQueues = null;

  for (const kind of ["pointermove", "pointerdown", "keydown", "focusin"]) {
    list.addEventListener(kind, () => (busyUntilMs = performance.now() + SETTLE_MS), { passive: true });
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
    const nowMs = gatewayNow();
    const { floor } = app.feed;
    offerQueues();
    const wanted = floor.ordered(app.queue).map((known) => known.id);
    const there = new Set(wanted);
    const busy = performance.now() < busyUntilMs;
    const settled = anew || (!held && !busy);
    // Who is about to press a button must not find another conversation's under their hand: what goes keeps its place.
    const attended = busy || list.matches(":hover, :focus-within");
    order = settled ? wanted : kept(order, wanted, (id) => attended && rows.has(id));
    app.held = held ? order : null;
    // Whoever waits for somebody is in sight, also at the end of a long list that holds still.
    const first = new Set(wanted.slice(0, most));
    const isWanted = (id) => first.has(id) && liveAlert(floor.conversations.get(id));
    const shown = order.filter((id, place) => place < most || isWanted(id));
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
      if (there.has(id)) rows.get(id).update(floor.conversations.get(id), nowMs);
      rows.get(id).node.inert = !there.has(id);
    }
    arrange(
      list,
      shown.map((id) => rows.get(id).node),
    );
    const misplaced = wanted.filter((id, place) => order[place] !== id).length;
    if (misplaced === 0 && document.activeElement === moved) hold.focus({ preventScroll: true });
    show(moved, misplaced > 0);
    say(moved, "Sort now");
    tell(wanted);
    show(more, order.length > shown.length);
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
  hold.setAttribute("aria-pressed", String(held));
  paint(!held);
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

// Those that were there stay where they are, `stays` says which even when they are gone; new ones come at the end.
function kept(order, wanted, stays) {
  const still = new Set(wanted);
  const there = order.filter((id) => still.has(id) || stays(id));
  const known = new Set(there);
  return [...there, ...wanted.filter((id) => !known.has(id))];
}
