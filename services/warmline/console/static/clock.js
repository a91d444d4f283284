// What time it is at the gateway, as its answers say (header Date). What services have dated is compared with that: a
// browser whose clock is ten minutes off would else show no move of agent assist, or one that is over.

const NOISE_MS = 5_000; // the header has whole seconds, and an answer takes its time
let offMs = 0;

export const gatewayNow = () => Date.now() + offMs;

export function note(answer, askedMs) {
  const dated = Date.parse(answer.headers.get("Date") ?? "");
  const off = dated + 500 - (askedMs + Date.now()) / 2;
  if (Number.isFinite(off)) offMs = Math.abs(off) < NOISE_MS ? 0 : off;
}
