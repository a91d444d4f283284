// The way in: a key or token is exchanged for a session cookie and forgotten.

import { post } from "../api.js";
import { el, say } from "../dom.js";

export function signInView(app, signedIn) {
  const fault = el("p", { class: "fault", id: "sign-in-fault", role: "alert" });
  const key = el("input", {
    id: "key",
    type: "password",
    autocomplete: "current-password",
    spellcheck: "false",
    autocapitalize: "none",
    required: true,
    aria: { describedby: "sign-in-fault" },
  });
  const button = el("button", { type: "submit", class: "primary" }, "Sign in");
  const form = el(
    "form",
    { class: "card narrow", onsubmit: submit },
    el("h1", {}, "Sign in"),
    el("input", { type: "text", autocomplete: "username", value: "Warmline", hidden: true }), // for password managers
    el("label", { for: "key" }, "Access key or token"),
    key,
    fault,
    button,
    el("p", { class: "soft" }, "What you see depends on what your key allows. It is not kept in the browser."),
  );

  async function submit(event) {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return; // a second press before the answer is the same one
    const given = key.value.trim();
    if (!/^[\x21-\x7e]+$/.test(given)) return refuse("A key has letters, digits and signs only.");
    button.setAttribute("aria-disabled", "true");
    say(fault, "");
    try {
      const session = await post("/v1/session", undefined, { Authorization: `Bearer ${given}` });
      key.value = "";
      signedIn(session);
    } catch (error) {
      refuse(error.status === 401 || error.status === 403 ? "This key is not known here." : error.message);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  function refuse(text) {
    key.setAttribute("aria-invalid", "true");
    say(fault, text);
    key.focus();
  }

  return { title: "Sign in", node: form, focus: key };
}
