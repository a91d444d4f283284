// What a turn was heard to be, as words.

import { behaviour, moodWord, word } from "../words.js";

// What a customer asks for or tells of beside the feeling, the gravest first.
export const cuesOf = (turn) =>
  [...(turn.self_harm ? ["self_harm"] : []), ...(turn.cues ?? [])].map((cue) => word("cue", cue));

export function heardWords(turn) {
  if (turn.abstained) return "not judged";
  if (turn.role === "system") return "";
  if (turn.role !== "customer")
    return (turn.behaviours ?? []).map(behaviour).join(", ") || word("empathy", turn.empathy);
  const emotions = (turn.emotions ?? [])
    .filter((emotion) => emotion !== "neutral")
    .map((emotion) => word("emotion", emotion));
  return [...emotions, ...cuesOf(turn)].join(", ") || moodWord(turn.valence);
}
