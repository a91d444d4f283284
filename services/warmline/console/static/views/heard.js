// What a turn was heard to be, as words.

import { behaviour, moodWord, word } from "../words.js";

export function heardWords(turn) {
  if (turn.abstained) return "not judged";
  if (turn.role === "system") return "";
  if (turn.role !== "customer")
    return (turn.behaviours ?? []).map(behaviour).join(", ") || word("empathy", turn.empathy);
  const emotions = (turn.emotions ?? [])
    .filter((emotion) => emotion !== "neutral")
    .map((emotion) => word("emotion", emotion));
  const cues = (turn.cues ?? []).map((cue) => word("cue", cue));
  return [...emotions, ...cues].join(", ") || moodWord(turn.valence);
}
