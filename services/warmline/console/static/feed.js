// Keeps the floor up to date: a snapshot after each connection, the event stream in between, and tells the views.

import { get } from "./api.js";
import { readDetail } from "./detail.js";
import { Floor } from "./floor.js";
import { EventStream } from "./stream.js";

const PATH = "/v1/events?topics=alerts,windows,assist";
const VIEWS_MOST = 200; // more than anybody looks over; the riskiest come first
const SNAPSHOT = `/v1/conversations?limit=${VIEWS_MOST}`;
const ALERTS_MOST = 1000; // as many as the gateway gives at once
const OPEN_ALERTS = `/v1/alerts?status=open&limit=${ALERTS_MOST}`; // also those of conversations that have ended
const SNAPSHOT_EVERY_MS = 30_000; // mends what a lost event would leave wrong
const SNAPSHOT_AGAIN_MS = 3_000;
const PAINT_EVERY_MS = 250; // four times a second is live to the eye, and leaves a phone time for the rest
const TIDY_EVERY_MS = 5_000;
const UNTOLD_MS = 2 * SNAPSHOT_EVERY_MS; // cut off (or asleep) for longer than that, nobody knows what is over
const LINES_AT_ONCE = 2; // a page that opens must not cost the gateway forty requests in one breath

// on.alert(conversation, alert): a new or graver one. on.state(state). on.refused(error): the session is over.
export class Feed {
  floor = new Floor();
  state = "connecting";
  loaded = false;
  #on;
  #stream;
  #listeners = new Set();
  #painting = null;
  #tidying = null;
  #snapshotTimer = null;
  #asking = false;
  #askAgain = false;
  #toldMs = 0;
  #linesWaiting = [];
  #linesMissed = [];
  #linesAsked = 0;
  #stopped = false;

  constructor(on) {
    this.#on = on;
    this.#stream = new EventStream(PATH, {
      event: (event) => this.#take(event),
      fresh: () => this.#snapshot(),
      refused: on.refused,
      state: (state) => {
        this.state = state;
        on.state(state);
      },
    });
  }

  start() {
    this.#stream.start();
    this.#tidying = setInterval(() => {
      if (Date.now() - this.#toldMs < UNTOLD_MS) this.floor.tidy(Date.now());
      this.#changed(); // ages are shown, so time is a change
    }, TIDY_EVERY_MS);
  }

  stop() {
    this.#stopped = true;
    this.#stream.stop();
    clearInterval(this.#tidying);
    clearTimeout(this.#snapshotTimer);
    clearTimeout(this.#painting);
  }

  // Have a listener told of changes, at most every PAINT_EVERY_MS. Returns how to stop that.
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // Have the mood line of a conversation filled with what was before this page opened. Asked once each.
  wantLine(id) {
    const known = this.floor.conversations.get(id);
    if (!known || known.lineAsked || known.points.length > 1) return;
    known.lineAsked = true;
    this.#linesWaiting.push(id);
    this.#nextLine();
  }

  async #nextLine() {
    if (this.#stopped || this.#linesAsked >= LINES_AT_ONCE || this.#linesWaiting.length === 0) return;
    const id = this.#linesWaiting.shift();
    this.#linesAsked += 1;
    try {
      const answer = await get(`/v1/conversations/${encodeURIComponent(id)}`);
      this.floor.fill(id, answer.window, readDetail(answer).points, Date.now());
      this.#changed();
    } catch (error) {
      if (error.status !== 404) this.#linesMissed.push(id); // the line begins now instead, until the next snapshot
    } finally {
      this.#linesAsked -= 1;
      this.#nextLine();
    }
  }

  async #snapshot() {
    this.#askAgain = this.#asking; // what is on its way may have been asked before the gap
    if (this.#asking || this.#stopped) return;
    this.#asking = true;
    clearTimeout(this.#snapshotTimer);
    let againMs = SNAPSHOT_EVERY_MS;
    try {
      const askedMs = Date.now();
      const [{ conversations }, { alerts }] = await Promise.all([get(SNAPSHOT), get(OPEN_ALERTS)]);
      const all = [alerts.length < ALERTS_MOST, conversations.length < VIEWS_MOST];
      const news = this.floor.snapshot(conversations, askedMs, alerts, ...all);
      if (this.loaded) for (const alert of news) this.#tell(alert); // at first all would be news
      this.loaded = true;
      this.#toldMs = Date.now();
      this.#linesWaiting.push(...this.#linesMissed.splice(0).filter((id) => this.floor.conversations.has(id)));
      for (let free = LINES_AT_ONCE; free > 0; free -= 1) this.#nextLine();
      this.#changed();
    } catch (error) {
      againMs = SNAPSHOT_AGAIN_MS;
      if (error.status === 401 && !this.#stopped) this.#on.refused(error);
    } finally {
      this.#asking = false;
    }
    if (this.#askAgain) againMs = 0;
    if (!this.#stopped) this.#snapshotTimer = setTimeout(() => this.#snapshot(), againMs);
  }

  #take({ type, value }) {
    const nowMs = Date.now();
    if (type === "window") this.floor.takeWindow(value, nowMs);
    else if (type === "alert") {
      if (this.floor.takeAlert(value, nowMs)) this.#tell(value);
    } else if (type === "assist") this.floor.takeMove(value, nowMs);
    else return;
    this.#changed();
  }

  #tell(alert) {
    this.#on.alert(this.floor.conversations.get(alert.conversation_id), alert);
  }

  #changed() {
    if (this.#painting !== null) return;
    this.#painting = setTimeout(() => {
      this.#painting = null;
      for (const listener of this.#listeners) listener();
    }, PAINT_EVERY_MS);
  }
}
