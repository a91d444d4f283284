// Calls to the gateway. The session is an HttpOnly cookie: no key is ever kept where a script could read it.

import { note } from "./clock.js";

export class ApiError extends Error {
  // status: HTTP status, 0 where no answer came. retryAfterS: what the gateway asked for, or null.
  constructor(status, message, retryAfterS = null) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

const TIMEOUT_MS = 15_000; // longer than the gateway waits for the broker's acknowledgement

export const get = (path) => call("GET", path);
export const post = (path, body, headers = {}) => call("POST", path, body, headers);
export const remove = (path) => call("DELETE", path);

async function call(method, path, body = undefined, headers = {}) {
  const sent = { Accept: "application/json", ...headers };
  if (method !== "GET") sent["X-Warmline-Csrf"] = "1";
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const askedMs = Date.now();
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new ApiError(0, "The gateway does not answer.");
  }
  note(answer, askedMs);
  if (!answer.ok) throw await errorOf(answer);
  if (answer.status === 204) return null;
  // What is taken away is answered with 204 alone, everything else with JSON: a proxy's own page may come with 200.
  const told = method === "DELETE" ? null : await answer.json().catch(() => null);
  if (told === null) throw new ApiError(answer.status, "The answer was not the gateway's.");
  return told;
}

export async function errorOf(answer) {
  const problem = await answer.json().catch(() => ({}));
  const message = MESSAGES[answer.status] ?? problem?.title ?? `The gateway answered ${answer.status}.`;
  const seconds = Number(answer.headers.get("Retry-After"));
  return new ApiError(answer.status, message, Number.isFinite(seconds) && seconds > 0 ? seconds : null);
}

const MESSAGES = {
  401: "You are not signed in.",
  403: "Your key does not allow this.",
  404: "There is no such thing, or no longer.",
  429: "Too many requests; wait a moment.",
  503: "The gateway cannot do this just now; try again in a moment.",
};
