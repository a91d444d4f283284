// Elements. Text from outside goes into `textContent` only; nothing here, nor anywhere else, parses markup.

// el("button", { type: "button", class: "quiet", onclick: f, aria: { pressed: "false" } }, "Sign out", node, null)
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "aria") for (const [key, said] of Object.entries(value)) node.setAttribute(`aria-${key}`, said);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Set text only where it changes: a screen reader re-reads what is set, and a selection is lost.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

// Bring a parent's children into an order with the fewest moves, and keep the focus where it was.
export function arrange(parent, wanted) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
  if (!focused || document.activeElement === focused) return;
  const next = focused.isConnected ? focused : document.querySelector("main h1"); // what had it is gone
  next?.focus({ preventScroll: true });
}

export const unseen = (text) => el("span", { class: "unseen" }, text);
