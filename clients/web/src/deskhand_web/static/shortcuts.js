/** Keys that work anywhere on the page. */

import { byId, h } from "./dom.js";

const OFF = "deskhand.keys";

/** Whether single letters are shortcuts. Speech input types letters, so they can be switched off. */
export function lettersOn() {
  return localStorage.getItem(OFF) !== "off";
}

export function switchLetters(on) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "off");
}

/**
 * `keys`: [{key, words, press, release?}]; `key` as KeyboardEvent.key says it. Escape works even where letters do not. An
 * entry without `press` is only told of in the help.
 */
export function install(keys) {
  const byKey = new Map(keys.filter(({ press }) => press).map((entry) => [entry.key, entry]));
  const down = new Set();
  document.addEventListener("keydown", (event) => {
    const entry = byKey.get(event.key);
    if (!entry || event.repeat || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key.length === 1 && !lettersOn()) return;
    if (entry.press() === false) return;
    down.add(event.key);
    event.preventDefault();
  });
  document.addEventListener("keyup", (event) => down.delete(event.key) && byKey.get(event.key).release?.());
  byId("keys").replaceChildren(
    ...keys.flatMap(({ shown, key, words }) => [h("dt", {}, h("kbd", {}, shown ?? key)), h("dd", {}, words)]),
  );
}

function typing(target) {
  return target.matches?.("input, textarea, select, [contenteditable]") ?? false;
}
