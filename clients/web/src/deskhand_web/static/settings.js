/** The settings view: the services, what the gateway runs with and how to change it, and this page's own settings. */

import { call } from "./api.js";
import { byId, h, statusIcon, withCode } from "./dom.js";
import { lettersOn, switchLetters } from "./shortcuts.js";
import { toolWords } from "./words.js";

const THEME = "deskhand.theme";
const THEMES = { "": "As the system", light: "Light", dark: "Dark" };

/** Fill the dialog and open it. `forgetKey` is called for that button. Errors of the API stand where the answer would. */
export async function openSettings({ forgetKey }) {
  const [services, gateway] = [h("div", {}, "Asking …"), h("div", {}, "Asking …")];
  byId("settings").replaceChildren(
    h("h3", {}, "This page"),
    themeChoice(),
    letterChoice(),
    h("div", { class: "row" }, h("button", { type: "button", on: { click: forgetKey } }, "Forget the key")),
    h("h3", {}, "Services"),
    services,
    h("h3", {}, "Gateway"),
    h(
      "p",
      { class: "small" },
      "Change one in a terminal: ",
      h("code", {}, "deskhand config set gateway.NAME VALUE"),
      ". It takes effect at the next ",
      h("code", {}, "deskhand up"),
      ". ",
      h("code", {}, "deskhand config"),
      " lists the settings of all services.",
    ),
    gateway,
  );
  byId("settings-dialog").showModal();
  await Promise.all([
    into(services, async () => serviceList(await call("/healthz"))),
    into(gateway, async () => settingTable(await call("/v1/settings"))),
  ]);
}

async function into(place, make) {
  try {
    place.replaceChildren(await make());
  } catch (error) {
    place.replaceChildren(h("p", { class: "bad" }, ...withCode(error.message)));
  }
}

function themeChoice() {
  const chosen = localStorage.getItem(THEME) ?? "";
  const options = Object.entries(THEMES).map(([value, words]) => h("option", { value, selected: value === chosen }, words));
  const choose = (event) => {
    const theme = event.target.value;
    if (theme) localStorage.setItem(THEME, theme);
    else localStorage.removeItem(THEME);
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  return h("p", { class: "setting" }, h("label", { for: "theme" }, "Colours"), h("select", { id: "theme", on: { change: choose } }, ...options));
}

function letterChoice() {
  const box = h("input", { id: "letters", type: "checkbox", checked: lettersOn(), on: { change: () => switchLetters(box.checked) } });
  return h("p", { class: "setting" }, h("label", { for: "letters" }, "Single letters are shortcuts"), box);
}

function serviceList(health) {
  const services = [{ ...health, detail: health.detail || "answers" }, ...health.services];
  return h(
    "ul",
    { class: "services" },
    ...services.map(({ service, ready, detail }) =>
      h(
        "li",
        {},
        statusIcon(ready ? "done" : "failed"),
        h("strong", {}, service),
        h("span", { class: "unseen" }, ready ? " is ready: " : " is not ready: "),
        h("span", { class: "small" }, ...withCode(detail)),
      ),
    ),
  );
}

function settingTable({ service, data }) {
  const rows = data.map(({ name, value, source, variable, description }) =>
    h(
      "tr",
      { data: { source } },
      h("th", { scope: "row" }, h("code", {}, name), description ? h("span", { class: "small" }, description) : ""),
      h("td", {}, value !== null && typeof value === "object" && !Array.isArray(value) ? policyList(value) : h("code", {}, JSON.stringify(value))),
      h("td", { title: variable }, source),
    ),
  );
  return h(
    "table",
    { class: "settings-table" },
    h("caption", { class: "unseen" }, `Settings of the ${service}`),
    h("thead", {}, h("tr", {}, ...["Setting", "Value", "From"].map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", {}, ...rows),
  );
}

/** A table of the settings, such as the approval policy of each tool. */
function policyList(values) {
  const entries = Object.entries(values);
  if (!entries.length) return h("code", {}, "{}");
  return h("ul", { class: "plain" }, ...entries.map(([name, value]) => h("li", {}, `${toolWords(name)}: `, h("code", {}, JSON.stringify(value)))));
}
