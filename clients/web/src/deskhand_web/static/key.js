/**
 * The API key of this tab.
 *
 * It comes in the fragment of the address (`#key=...`), which no request carries, and leaves the address bar at once.
 * It is kept in sessionStorage, not in localStorage: whoever else gets to listen on this port later is the same origin
 * to a browser, and should find nothing that was left behind. A tab that is reloaded or restored keeps its key.
 */

const NAME = "deskhand.key";
const IN_FRAGMENT = /^#key=(.+)$/;

/** Take the key out of the address. Gives whether there was one. */
export function takeFromAddress() {
  const found = IN_FRAGMENT.exec(location.hash);
  if (!found) return false;
  history.replaceState(null, "", location.pathname);
  keep(decodeURIComponent(found[1]));
  return true;
}

export function keep(key) {
  sessionStorage.setItem(NAME, key.trim());
}

export function forget() {
  sessionStorage.removeItem(NAME);
}

/** The key, or null. */
export function current() {
  return sessionStorage.getItem(NAME);
}
