// From what the gateway tells of a conversation to what its page draws. Pure.

// Every moment of the conversation, oldest first. `seen`: by turn id, those that this page has heard of by itself.
export function momentsOf(detail, seen = new Map()) {
  const byTurn = new Map(seen);
  for (const moment of detail.all_moments ?? []) byTurn.set(moment.turn_id, moment);
  for (const moment of detail.window?.moments ?? []) byTurn.set(moment.turn_id, moment);
  return [...byTurn.values()].sort((one, other) => one.opened_at - other.opened_at);
}

// {times, mood, valence}: columns as the chart takes them; spoken: the customer's turns; moments: places of the marks.
export function curveOf(detail, moments) {
  const spoken = (detail.turns ?? [])
    .filter((turn) => turn.role === "customer" && typeof turn.valence === "number" && !turn.abstained)
    .map((turn) => ({ at: turn.spoken_at, valence: turn.valence, turnId: turn.turn_id }))
    .sort((one, other) => one.at - other.at);
  const moods = new Map(
    (detail.windows ?? []).filter((point) => point.mood !== null).map((point) => [point.as_of, point.mood]),
  );
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
