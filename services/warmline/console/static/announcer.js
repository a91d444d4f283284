// One polite live region for the whole page. It speaks of what needs somebody, seldom, and in one sentence: mood lines
// move several times a second and are never read out.

const GAP_MS = 10_000; // a screen reader needs about that long for two sentences

export class Announcer {
  #region;
  #waiting = [];
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

  // News waits for its turn. `{critical: boolean, text: string}`
  news(item) {
    this.#waiting.push(item);
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#speak(), Math.max(400, this.#lastMs + GAP_MS - performance.now()));
  }

  #speak() {
    this.#timer = null;
    const items = this.#waiting.splice(0);
    const critical = items.filter((item) => item.critical).length;
    const text =
      items.length === 1
        ? items[0].text
        : `${items.length} new alerts${critical ? `, ${critical} of them critical` : ""}.`;
    this.answer(text);
  }
}
