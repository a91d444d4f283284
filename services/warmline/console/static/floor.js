// The floor: every live conversation as far as this page has heard, and every ended one whose alert waits for somebody.
// Pure state, no DOM, no clock of its own.
//
// The snapshot (GET /v1/conversations and the open alerts) and the event stream overlap. Whatever is newer by its own
// count wins: a window by (episode, revision), an alert by its sequence. So the order in which the two arrive does not
// matter.

export const LINE_POINTS = 60; // as many as a mood line has room for
const LINGER_MS = 60_000; // what is over stays this long, so that it does not vanish under somebody's eyes
const UNHEARD_MS = 20 * 60_000; // twice the default quiet time-out: whatever is older has ended somewhere else

const SEVERITIES = ["watch", "warning", "critical"];
export const severityRank = (severity) => SEVERITIES.indexOf(severity);

export class Floor {
  conversations = new Map();

  // Take what the gateway says of all: `views` go on; `openAlerts` are of ended conversations too, since a call-back
  // waits for hours. `allAlerts` and `allViews` tell whether none was left out, `nowMs` when it was asked for.
  // Returns the alerts that are worth a word, as takeAlert tells them.
  snapshot(views, nowMs, openAlerts = [], allAlerts = true, allViews = true) {
    const listed = new Set();
    const news = [];
    for (const view of views) {
      listed.add(view.conversation_id);
      const known = this.#of(view.conversation_id, nowMs);
      known.heardMs = nowMs;
      known.shown = true;
      if (view.window) this.takeWindow(view.window, nowMs, false);
      if (known.asOf === 0) Object.assign(known, { queue: view.queue, channel: view.channel, agentId: view.agent_id });
      if (view.alert && this.takeAlert(view.alert, nowMs)) news.push(view.alert);
    }
    for (const alert of openAlerts) {
      if (!listed.has(alert.conversation_id) && !isDue(alert, nowMs)) continue;
      listed.add(alert.conversation_id);
      if (this.takeAlert(alert, nowMs)) news.push(alert);
      this.#of(alert.conversation_id, nowMs).heardMs = nowMs;
    }
    for (const [id, known] of this.conversations) {
      const untold = (!allAlerts && waits(known, nowMs)) || (!allViews && !hasEnded(known));
      if (!untold && !listed.has(id) && nowMs - known.heardMs > LINGER_MS) this.conversations.delete(id);
    }
    return news;
  }

  // Take what was asked about one conversation. It may have gone while the answer was on its way: then it stays gone.
  fill(id, window, points, nowMs) {
    const known = this.conversations.get(id);
    if (!known) return;
    if (window) this.takeWindow(window, nowMs, false); // an open alert comes without one
    if (!window || isSamePart(window, known)) known.points = mergePoints(points, known.points);
  }

  takeWindow(window, nowMs, live = true) {
    const known = this.#of(window.conversation_id, nowMs);
    const point = window.mood === null ? [] : [{ as_of: window.as_of, mood: window.mood }];
    known.shown = true;
    const samePart = isSamePart(window, known);
    if (samePart) known.points = mergePoints(known.points, point);
    if (isOlder(window, known)) return known;
    if (!samePart) {
      known.points = mergePoints([], point);
      known.allMoments = new Map();
    }
    Object.assign(known, {
      incarnation: window.incarnation,
      episode: window.episode,
      revision: window.revision,
      asOf: window.as_of,
      queue: window.queue,
      channel: window.channel,
      agentId: window.agent_id,
      agentRole: window.agent_role,
      mood: window.mood,
      valence: window.valence,
      trend: window.trend,
      moments: { open: window.moments_pending, met: window.moments_met, missed: window.moments_missed },
      ended: window.ended,
    });
    for (const moment of window.moments ?? []) known.allMoments.set(moment.turn_id, moment);
    if (live) known.heardMs = nowMs;
    return known;
  }

  // Returns true where the alert was not known before, or has become graver: what is worth a word.
  takeAlert(alert, nowMs) {
    const known = this.#of(alert.conversation_id, nowMs);
    known.shown ||= alert.state !== "closed";
    const before = known.alert;
    if (before?.alert_id === alert.alert_id && alert.sequence <= before.sequence) return false;
    if (before && before.alert_id !== alert.alert_id && isBefore(alert, before)) return false;
    known.alert = alert;
    known.risk = alert.state === "closed" ? null : alert.risk; // a closed one's is how it stood, not how it stands
    known.queue ??= alert.queue;
    known.channel ??= alert.channel;
    known.agentId ??= alert.agent_id;
    known.agentRole ??= alert.agent_role;
    known.heardMs = nowMs;
    if (alert.state === "closed") return false;
    const raised = before?.alert_id === alert.alert_id && severityRank(alert.severity) <= severityRank(before.severity);
    return !raised;
  }

  // The move and its withdrawal are steps of one card; the newest counts.
  takeMove(move, nowMs) {
    const known = this.#of(move.conversation_id, nowMs);
    known.shown ||= move.kind !== "withdraw";
    const before = known.move;
    const older =
      before && (before.move_id === move.move_id ? move.sequence <= before.sequence : move.as_of < before.as_of);
    if (!older) known.move = move;
  }

  // Forget what is over and waits for nobody. Returns whether anything went.
  tidy(nowMs) {
    const before = this.conversations.size;
    for (const [id, known] of this.conversations) {
      const staysMs = hasEnded(known) ? LINGER_MS : UNHEARD_MS;
      if (!waits(known, nowMs) && nowMs - known.heardMs > staysMs) this.conversations.delete(id);
    }
    return this.conversations.size !== before;
  }

  queues() {
    return [...new Set(this.#shown().map((known) => known.queue).filter(Boolean))].sort();
  }

  // By risk; where it is equal by what is open and by mood. Never by who answers.
  ordered(queue = null) {
    const shown = this.#shown().filter((known) => queue === null || known.queue === queue);
    return shown.sort(byRisk);
  }

  #shown() {
    return [...this.conversations.values()].filter((known) => known.shown);
  }

  #of(id, nowMs) {
    let known = this.conversations.get(id);
    if (!known) {
      known = {
        id,
        incarnation: null,
        episode: 0,
        revision: 0,
        asOf: 0,
        heardMs: nowMs,
        queue: null,
        channel: null,
        agentId: null,
        agentRole: null,
        mood: null,
        valence: null,
        trend: "steady",
        points: [],
        lineAsked: false,
        moments: { open: 0, met: 0, missed: 0 },
        allMoments: new Map(),
        risk: null,
        alert: null,
        move: null,
        ended: null,
        shown: false, // one of which only an end was heard has gone before, and stays gone
      };
      this.conversations.set(id, known);
    }
    return known;
  }
}

export const liveMove = (known, nowMs) =>
  known?.move && known.move.kind !== "withdraw" && known.move.expires_at > nowMs ? known.move : null;

export const liveAlert = (known) => (known.alert && known.alert.state !== "closed" ? known.alert : null);

// Where no window is at hand any more, a call-back says by itself that the contact is over.
export const hasEnded = (known) => Boolean(known.ended) || (known.asOf === 0 && known.alert?.rule === "call_back");

// Whether there is still time to act on an alert. One that nobody closed must not stay for ever.
const isDue = (alert, nowMs) => (alert.routing?.act_by ?? 0) > nowMs;

function waits(known, nowMs) {
  const alert = liveAlert(known);
  return alert !== null && isDue(alert, nowMs);
}

const isDone = (known) => hasEnded(known) && !liveAlert(known);

const isSamePart = (window, known) => known.incarnation === window.incarnation && known.episode === window.episode;

// Of two alerts of a conversation; as the gateway has it. One opens once the one before it is closed.
function isBefore(alert, other) {
  if (alert.opened_at !== other.opened_at) return alert.opened_at < other.opened_at;
  const [closed, otherClosed] = [alert, other].map((each) => each.state === "closed");
  return closed === otherClosed ? alert.as_of < other.as_of : closed;
}

function isOlder(window, known) {
  if (known.incarnation !== window.incarnation) return window.as_of < known.asOf;
  if (known.episode !== window.episode) return window.episode < known.episode;
  return window.revision <= known.revision;
}

function byRisk(one, other) {
  return (
    Number(isDone(one)) - Number(isDone(other)) ||
    (other.risk ?? -1) - (one.risk ?? -1) ||
    other.moments.open - one.moments.open ||
    (one.mood ?? 1) - (other.mood ?? 1) ||
    (one.id < other.id ? -1 : 1)
  );
}

// In order of time, the newest LINE_POINTS; of two at the same time the later one given.
function mergePoints(some, more) {
  const byTime = new Map([...some, ...more].filter((point) => point.mood !== null).map((p) => [p.as_of, p]));
  return [...byTime.values()].sort((a, b) => a.as_of - b.as_of).slice(-LINE_POINTS);
}
