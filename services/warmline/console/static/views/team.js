// A team as counts per band. No names, no order; from the policy's number of people up.

import { get } from "../api.js";
import { el, say, show } from "../dom.js";
import { plural, word } from "../words.js";

const BANDS = ["calm", "elevated", "high", "severe"];

export function teamView(app, team) {
  const heading = el("h1", { tabindex: "-1" }, "Team");
  const name = el("input", {
    id: "team",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    value: team,
  });
  const form = el(
    "form",
    { class: "bar", onsubmit: choose },
    el("label", { for: "team" }, "Name of the team"),
    name,
    el("button", { type: "submit" }, "Show"),
  );
  const fault = el("p", { class: "fault", role: "alert" });
  const rows = new Map(BANDS.map((band) => [band, bandRow(band)]));
  const total = el("p", {});
  const table = el(
    "table",
    { class: "bands" },
    el("caption", {}, "People by band of load"),
    el(
      "thead",
      {},
      el("tr", {}, el("th", { scope: "col" }, "Band"), el("th", { scope: "col" }, "People"), el("td", {})),
    ),
    el("tbody", {}, ...[...rows.values()].map((row) => row.node)),
  );
  const body = el(
    "section",
    { class: "card" },
    total,
    table,
    el(
      "p",
      { class: "soft" },
      "Counts only: who is in which band is for each person, and for whom they can see on their own page.",
    ),
  );
  const node = el("section", { class: "narrow-view" }, heading, form, fault, body);
  show(body, false);

  function choose(event) {
    event.preventDefault();
    const wanted = name.value.trim();
    if (wanted === team && team) read(); // the address stays as it is, so nothing else would read again
    else location.hash = `#/team/${encodeURIComponent(wanted)}`;
  }

  async function read() {
    say(fault, ""); // else the same fault after a second press would neither be seen nor read out
    try {
      const answer = await get(`/v1/teams/${encodeURIComponent(team)}/wellbeing`);
      const counts = answer.bands ?? {};
      const people = answer.agents ?? BANDS.reduce((sum, band) => sum + (counts[band] ?? 0), 0);
      show(body, true);
      say(total, `Team ${team}: ${plural(people, "person", "people")}.`);
      for (const [band, row] of rows) row.update(counts[band] ?? 0, people);
    } catch (error) {
      if (app.refused(error)) return;
      show(body, false); // nobody knows whether these counts hold, or may still be shown
      say(
        fault,
        error.status === 403
          ? "This group is too small to be shown without showing persons, or your key does not allow it."
          : error.message,
      );
    }
  }

  if (team) read();
  return { title: "Team", node, focus: heading };
}

function bandRow(band) {
  const count = el("td", {}, "0");
  const bar = el("meter", {
    min: "0",
    max: "1",
    value: "0",
    aria: { label: `Share of ${word("band", band).toLowerCase()}` },
  });
  return {
    node: el("tr", {}, el("th", { scope: "row" }, word("band", band)), count, el("td", {}, bar)),
    update(people, all) {
      say(count, String(people));
      bar.max = Math.max(1, all);
      bar.value = people;
    },
  };
}
