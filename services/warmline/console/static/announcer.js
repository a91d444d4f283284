// One polite live region for the whole page. It speaks of what needs somebody, seldom, and in one sentence: mood lines
// move several times a second and are never read out. Alerts and the connection wait apart: a connection is no alert.

const GAP_MS = 10_000; // a screen reader needs about that long for two sentences

export class Announcer {
  #region;
  #alerts = new Map(); // what waits to be told, by alert id
  #connection = null; // {away, text} that waits to be told
  #toldAway = false;
  #timer = null;
  #lastMs = -Infinity;

  constructor(region) {
    this.#region = region;
  }

  // Answers to what the user just did are said at once.
  answer(text) {
    this.#region.textContent = ""; // else the same answer to a second press would not be read
    setTimeout(() => (this.#region.textContent = text), 60);
    this.#lastMs = performance.now();
  }

  // Alerts wait for their turn; one that becomes graver while it waits is still one. `{id, critical: boolean, text}`
  alert(item) {
    this.#alerts.set(item.id, item);
    this.#later();
  }

  // Only the newest counts. What is as it was told to be is no news: a loss that was over before its turn never was.
  connection(away, text) {
    this.#connection = away === this.#toldAway ? null : { away, text };
    if (this.#connection) this.#later();
  }

  // What has not been told yet never will be.
  forget() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#alerts.clear();
    this.#connection = null;
    this.#toldAway = false;
    this.#region.textContent = "";
  }

  #later() {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#speak(), Math.max(400, this.#lastMs + GAP_MS - performance.now()));
  }

  #speak() {
    this.#timer = null;
    if (this.#alerts.size > 0) this.#tellAlerts();
    else if (this.#connection) this.#tellConnection();
    if (this.#connection) this.#later();
  }

  #tellAlerts() {
    const items = [...this.#alerts.values()];
    this.#alerts.clear();
    const critical = items.filter((item) => item.critical).length;
    const text =
      items.length === 1
        ? items[0].text
        : `${items.length} new alerts${critical ? `, ${critical} of them critical` : ""}.`;
    this.answer(text);
  }

  #tellConnection() {
    const { away, text } = this.#connection;
    this.#connection = null;
    this.#toldAway = away;
    this.answer(text);
  }
}
