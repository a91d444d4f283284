// Signs in, keeps the feed, and shows the view that the address names: #/live, #/conversation/ID, #/me, #/team/NAME.

import { Announcer } from "./announcer.js";
import { get, remove } from "./api.js";
import { el, say, show } from "./dom.js";
import { Feed } from "./feed.js";
import { liveAlert } from "./floor.js";
import { agentView } from "./views/agent.js";
import { forgetVerdicts } from "./views/alert.js";
import { conversationView } from "./views/conversation.js";
import { signInView } from "./views/sign_in.js";
import { supervisorView } from "./views/supervisor.js";
import { teamView } from "./views/team.js";
import { loadWords, reason, word } from "./words.js";

const main = document.getElementById("main");
const nav = document.getElementById("views");
const signOut = document.getElementById("sign-out");
const trouble = document.getElementById("trouble");
const linkState = document.getElementById("link-state");
const announcer = new Announcer(document.getElementById("announcer"));
const AGAIN_MS = 3_000;
const STATES = { connecting: "Connecting", live: "Live", away: "Reconnecting" };

// What every view is given. `queue`: the one that is shown; `held`: the order of a list that is to hold still.
const app = { session: null, feed: null, announcer, queue: null, held: null, may, refused };
let current = null;

function may(scope) {
  const scopes = app.session?.scopes ?? [];
  return scopes.includes(scope); // none includes another
}

// An answer that ends the session leads back to the sign-in. Returns whether it was one.
function refused(error) {
  if (error.status !== 401 || !app.session) return false;
  signedOut();
  return true;
}

const hasOwnPage = () => Boolean(app.session?.agent_id);

function routes() {
  return [
    ...(may("read") ? [["live", "Live"]] : []),
    ...(hasOwnPage() ? [["me", "My day"]] : []),
    ...(may("read") ? [["team", "Team"]] : []),
  ];
}

function viewFor(hash) {
  const [name = "", argument = ""] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  if (name === "me" && hasOwnPage()) return [name, () => agentView(app, app.session.agent_id)];
  if (name === "agent" && argument) return [name, () => agentView(app, argument)];
  if (name === "team" && may("read")) return [name, () => teamView(app, argument)];
  if (name === "conversation" && argument && may("read")) return [name, () => conversationView(app, argument)];
  if (may("read")) return ["live", () => supervisorView(app)];
  if (hasOwnPage()) return ["me", () => agentView(app, app.session.agent_id)];
  return ["none", nothingToSee];
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

function nothingToSee() {
  const text = "Your key opens no view of the console: it needs the scope read, or agent:self with an agent.";
  return { title: "Nothing to see", node: el("section", {}, el("h1", {}, "Nothing to see"), el("p", {}, text)) };
}

function open() {
  const [name, make] = app.session ? viewFor(location.hash) : ["sign-in", () => signInView(app, signedIn)];
  current?.destroy?.();
  current = make();
  main.replaceChildren(current.node);
  titled();
  for (const link of nav.querySelectorAll("a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  scrollTo(0, 0);
  (current.focus ?? main).focus({ preventScroll: true });
}

// The number in front of the title says, from another tab as well, that something critical waits for somebody.
function titled() {
  const waiting = [...(app.feed?.floor.conversations.values() ?? [])].filter((known) => {
    const alert = liveAlert(known);
    return alert && alert.severity === "critical" && alert.state !== "acknowledged";
  }).length;
  const title = `${waiting ? `(${waiting}) ` : ""}${current?.title ?? ""} · Warmline`;
  if (document.title !== title) document.title = title;
}

function signedIn(session) {
  app.feed?.stop();
  app.session = session;
  const links = routes().map(([name, label]) => el("a", { href: `#/${name}`, data: { view: name } }, label));
  nav.replaceChildren(...links);
  show(nav, links.length > 0);
  show(signOut, true);
  if (may("read")) {
    app.feed = new Feed({ alert: tellOfAlert, state: tellOfState, refused: signedOut });
    app.feed.subscribe(titled);
    show(linkState, true);
    app.feed.start();
  }
  open();
}

function signedOut() {
  if (!app.session) return;
  app.feed?.stop();
  app.feed = null;
  app.session = null;
  app.held = null;
  app.queue = null; // whoever sits down here next begins anew
  forgetVerdicts();
  announcer.forget();
  say(trouble, "");
  show(nav, false);
  show(signOut, false);
  show(linkState, false);
  open();
}

function tellOfAlert(known, alert) {
  if (alert.severity === "watch" || (app.queue !== null && known.queue !== app.queue)) return;
  const where = known.queue ? ` in ${known.queue}` : "";
  const critical = alert.severity === "critical";
  const text = `${word("severity", alert.severity)}${where}: ${reason(alert.reason)}.`;
  announcer.alert({ id: alert.alert_id, critical, text });
}

function tellOfState(state) {
  linkState.dataset.state = state;
  say(linkState.lastElementChild, STATES[state]);
  if (state === "away") announcer.connection(true, "The connection is lost; trying again.");
  if (state === "live") announcer.connection(false, "The connection is back.");
}

// Signed out is who is told so by the gateway. Else the cookie is still good, for whoever sits down here next.
async function leave() {
  say(trouble, "");
  try {
    await remove("/v1/session");
  } catch (error) {
    if (error.status !== 401) return stay(error);
  }
  signedOut();
}

function stay(error) {
  if (!app.session) return; // another answer has ended it meanwhile
  const text = `You are still signed in: signing out did not work. ${error.message}`;
  say(trouble, text);
  announcer.answer(text);
}

async function begin() {
  await loadWords();
  for (;;) {
    try {
      const session = await get("/v1/session");
      say(trouble, "");
      return signedIn(session);
    } catch (error) {
      const isOver = error.status === 401 || error.status === 403;
      if (!current) open();
      say(trouble, isOver ? "" : `${error.message} If you were signed in, you still are: trying again.`);
      if (isOver) return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    if (app.session) return; // signed in by hand meanwhile
  }
}

addEventListener("hashchange", () => open());
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the view
  main.focus();
});
signOut.addEventListener("click", leave);
begin().catch(() => {
  main.replaceChildren(el("p", { class: "fault", role: "alert" }, "The console could not start. Load the page again."));
});
