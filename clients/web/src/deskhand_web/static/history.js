/** What ran before, newest first, by day. */

import { call } from "./api.js";
import { byId, h, statusIcon } from "./dom.js";
import { dayWords, momentWords, runStatusWords } from "./words.js";

const PAGE = 20;

export class History {
  constructor(onError) {
    this.onError = onError;
    this.runs = [];
    this.current = null;
    this.more = byId("history-more");
    this.more.addEventListener("click", () => this.load(this.runs.at(-1)?.id));
    byId("history").addEventListener("keydown", (event) => this.move(event));
  }

  /** Fetch the newest, or those after (older than) a run. */
  async load(after = null) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(after ? { after } : {}) });
    let page;
    try {
      page = await call(`/v1/runs?${query}`);
    } catch (error) {
      this.onError(error);
      return;
    }
    this.runs = after ? [...this.runs, ...page.data] : page.data;
    this.more.hidden = !page.has_more;
    this.draw();
  }

  mark(id) {
    this.current = id;
    for (const link of byId("history").querySelectorAll("a")) {
      if (link.hash === `#${id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  focus() {
    byId("history").querySelector("a")?.focus();
  }

  draw() {
    const focused = document.activeElement?.closest?.("#history a")?.hash;
    const days = Map.groupBy(this.runs, (run) => dayWords(run.created));
    const parts = [...days].map(([day, runs]) => [h("h3", {}, day), h("ol", {}, ...runs.map((run) => h("li", {}, link(run))))]);
    if (!parts.length) parts.push([h("p", { class: "small" }, "What you run stands here.")]);
    byId("history").replaceChildren(...parts.flat());
    this.mark(this.current);
    if (focused) byId("history").querySelector(`a[href="${focused}"]`)?.focus();
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...byId("history").querySelectorAll("a")];
    const here = links.indexOf(event.target);
    if (!step || here < 0) return;
    event.preventDefault();
    links[here + step]?.focus();
  }
}

function link(run) {
  return h(
    "a",
    { href: `#${run.id}` },
    statusIcon(run.status),
    h("span", { class: "history-query" }, run.query),
    h("span", { class: "history-meta" }, `${momentWords(run.created)} · ${runStatusWords(run.status)}`),
  );
}
