// The live event stream: server-sent events over fetch.
//
// EventSource would do the parsing, but gives up for good on an answer other than 200 (a proxy's 502 while the gateway
// restarts), cannot say where to resume from after that, and does not see that a connection has died silently. A
// supervisor who looks at a page that stands still is worse off than one without it; so all three are done here.

import { ApiError, errorOf } from "./api.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const SILENCE_MS = 45_000; // three missed heartbeats
const LONGEST_EVENT = 4_000_000; // characters; nothing the gateway sends comes near

// Splits text, however it is cut, into events {type, data}. `lastId` is the id up to which all has been read: it also
// comes without an event. Comments and other fields say nothing.
export class EventParser {
  lastId = null;
  #rest = "";
  #data = [];
  #type = "";
  #id = null;

  push(text) {
    const events = [];
    this.#rest += text;
    for (;;) {
      const end = this.#rest.search(/[\r\n]/);
      if (end < 0 || (this.#rest[end] === "\r" && end + 1 === this.#rest.length)) break;
      const next = this.#rest[end] === "\r" && this.#rest[end + 1] === "\n" ? end + 2 : end + 1;
      this.#line(this.#rest.slice(0, end), events);
      this.#rest = this.#rest.slice(next);
    }
    if (this.#rest.length > LONGEST_EVENT) throw new Error("an event without end");
    return events;
  }

  #line(line, events) {
    if (line === "") {
      this.lastId = this.#id;
      if (this.#data.length) events.push({ type: this.#type || "message", data: this.#data.join("\n") });
      this.#data = [];
      this.#type = "";
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }
}

// on.event({type, value}), on.state("connecting" | "live" | "away"), on.fresh() after each connection and reset (read
// the state anew), on.refused(ApiError) where asking again would not help.
export class EventStream {
  #path;
  #on;
  #lastId = null;
  #abort = null;
  #running = false;
  #wake = () => {};
  #failures = 0;

  constructor(path, on) {
    this.#path = path;
    this.#on = on;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    addEventListener("online", this.#retryNow);
    document.addEventListener("visibilitychange", this.#retryNow);
    this.#run();
  }

  stop() {
    this.#running = false;
    removeEventListener("online", this.#retryNow);
    document.removeEventListener("visibilitychange", this.#retryNow);
    this.#abort?.abort();
    this.#wake();
  }

  #retryNow = () => {
    if (document.visibilityState === "visible") this.#wake();
  };

  async #run() {
    this.#on.state("connecting");
    while (this.#running) {
      let askedMs = 0;
      try {
        await this.#read();
      } catch (error) {
        if (error instanceof ApiError) {
          if (error.status === 401 || error.status === 403) {
            if (this.#running) this.#on.refused(error);
            this.stop();
            return;
          }
          if (error.status === 400) this.#lastId = null; // an id that the gateway cannot read never will be
          askedMs = (error.retryAfterS ?? 0) * 1000;
        }
      }
      if (!this.#running) return;
      this.#on.state("away");
      await this.#wait(Math.min(askedMs, LONGEST_WAIT_MS));
    }
  }

  async #read() {
    const abort = new AbortController();
    this.#abort = abort;
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const headers = { Accept: "text/event-stream" };
      if (this.#lastId !== null) headers["Last-Event-ID"] = this.#lastId;
      const answer = await fetch(this.#path, {
        headers,
        credentials: "same-origin",
        cache: "no-store",
        signal: abort.signal,
      });
      if (!answer.ok) throw await errorOf(answer);
      if (!answer.headers.get("Content-Type")?.startsWith("text/event-stream")) throw new Error("a proxy's own page");
      this.#on.state("live");
      this.#on.fresh();
      const parser = new EventParser();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.#failures = 0; // only now: one that accepts and hangs up at once is to be spared
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
        for (const event of parser.push(value)) this.#take(event);
        this.#lastId = parser.lastId || this.#lastId;
      }
    } finally {
      clearTimeout(watchdog);
      abort.abort();
    }
  }

  #take(event) {
    if (event.type === "reset") {
      this.#on.fresh();
      return;
    }
    let value;
    try {
      value = JSON.parse(event.data);
    } catch {
      return; // not ours to mend; the next snapshot tells what it would have told
    }
    this.#on.event({ type: event.type, value });
  }

  // Exponential, with jitter: a thousand pages must not come back in the same second.
  #wait(atLeastMs) {
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures += 1;
    const ms = Math.max(atLeastMs, ceiling * (0.5 + Math.random() / 2));
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        resolve();
      }
      this.#wake = done;
    });
  }
}
