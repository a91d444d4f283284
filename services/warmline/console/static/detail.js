// A conversation as the gateway tells it (GET /v1/conversations/{id}), in the units of this page: -1..1, ms. Pure.

const unit = (milli) => (typeof milli === "number" ? milli / 1000 : null);

// {view, turns, points, moments}: `moments` are all of the conversation, oldest first. `seen` holds, by turn id, those
// that this page has heard of by itself.
export function readDetail(answer, seen = new Map()) {
  const byTurn = new Map(seen);
  for (const moment of answer.all_moments ?? answer.window?.moments ?? []) byTurn.set(moment.turn_id, moment);
  return {
    view: answer,
    turns: (answer.turns ?? []).map((turn) => ({ ...turn, valence: unit(turn.valence) })),
    points: (answer.windows ?? []).map((point) => ({ as_of: point.at, mood: unit(point.mood) })),
    moments: [...byTurn.values()].sort((one, other) => one.opened_at - other.opened_at),
  };
}

// {times, mood, valence}: columns as the chart takes them; spoken: the customer's turns; moments: places of the marks.
export function curveOf({ turns, points, moments }) {
  const spoken = turns
    .filter((turn) => turn.role === "customer" && turn.valence !== null && !turn.abstained)
    .map((turn) => ({ at: turn.spoken_at, valence: turn.valence, turnId: turn.turn_id }))
    .sort((one, other) => one.at - other.at);
  const moods = new Map(points.filter((point) => point.mood !== null).map((point) => [point.as_of, point.mood]));
  const valences = new Map(spoken.map((point) => [point.at, point.valence]));
  const times = [...new Set([...moods.keys(), ...valences.keys()])].sort((one, other) => one - other);
  const at = new Map(spoken.map((point) => [point.turnId, point]));
  return {
    times,
    mood: times.map((time) => moods.get(time) ?? null),
    valence: times.map((time) => valences.get(time) ?? null),
    spoken,
    moments: moments
      .filter((moment) => at.has(moment.turn_id))
      .map((moment) => ({ ...at.get(moment.turn_id), outcome: moment.outcome })),
  };
}
