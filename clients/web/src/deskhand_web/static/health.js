/** How Deskhand is, in the page's head. It is asked at the start, and again and again only while nobody answers. */

import { call } from "./api.js";
import { byId } from "./dom.js";

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10_000;

export class Health {
  /** `onBack` is called when Deskhand answers again. */
  constructor(onBack) {
    this.onBack = onBack;
    this.timer = null;
    this.retryMs = FIRST_RETRY_MS;
  }

  async ask() {
    clearTimeout(this.timer);
    this.timer = null;
    let health;
    try {
      health = await call("/healthz");
    } catch {
      this.gone();
      return;
    }
    const back = byId("health").dataset.state === "gone";
    this.retryMs = FIRST_RETRY_MS;
    this.say(health.ready ? "ready" : "waiting", health.ready ? "Ready" : sentenceOf(health.detail));
    if (!health.ready) this.again();
    if (back) this.onBack();
  }

  /** Somebody found that Deskhand does not answer. */
  gone() {
    this.say("gone", "Does not answer");
    this.again();
  }

  again() {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => this.ask(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  say(state, words) {
    byId("health").dataset.state = state;
    byId("health-words").textContent = words;
  }
}

const sentenceOf = (detail) => (detail ? detail.charAt(0).toUpperCase() + detail.slice(1) : "Starting");
