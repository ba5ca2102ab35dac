/** Values as people read them. */

/** "compose_new_email" as "Compose new email". A further tool needs nothing here. */
export function toolWords(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The rest of a plan knows a result before it is there: "$2" is "result of 2". */
const REFERENCE = /\$(\d+)|\$\{(\d+)\}/g;

export function valueWords(value) {
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value).replace(REFERENCE, (_, plain, braced) => `result of ${plain ?? braced}`);
}

/** The arguments that are given: [name, words], without empty ones. */
export function givenArguments(args) {
  return Object.entries(args)
    .map(([name, value]) => [name, valueWords(value)])
    .filter(([, words]) => words !== "");
}

/** A call in a line, for a card: its arguments' values. */
export function argumentsLine(args) {
  return givenArguments(args)
    .map(([, words]) => fileName(words))
    .join(" · ");
}

/** A path by its last part, anything else as it is. */
function fileName(words) {
  return /^(\/|~\/|[A-Z]:\\)[^\n]*$/.test(words) ? words.split(/[\\/]/).pop() : words;
}

const NODE_STATUS = {
  waiting: "waits",
  needs_approval: "needs your approval",
  dispatched: "running",
  done: "done",
  failed: "failed",
  skipped: "skipped",
  interrupted: "interrupted",
  undone: "undone",
};

const RUN_STATUS = {
  running: "Running",
  needs_approval: "Needs your approval",
  done: "Done",
  failed: "Failed in part",
  cancelled: "Stopped",
  interrupted: "Interrupted",
  undone: "Undone",
};

export const nodeStatusWords = (status) => NODE_STATUS[status] ?? status;
export const runStatusWords = (status) => RUN_STATUS[status] ?? status;

/** For a run that was planned again so often; empty when it was not. */
export function replanWords(times) {
  if (times === 0) return "";
  return times === 1 ? "planned again" : `planned again ${times} times`;
}

export function durationWords(ms) {
  if (ms === null || ms === undefined || ms < 0) return "";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** The time of today, the day and time of earlier. `seconds`: Unix time. */
export function momentWords(seconds) {
  const moment = new Date(seconds * 1000);
  return moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** "Today", "Yesterday", or the date. */
export function dayWords(seconds) {
  const moment = new Date(seconds * 1000);
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const days = Math.round((midnight - new Date(moment).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = moment.getFullYear() === midnight.getFullYear() ? undefined : "numeric";
  return moment.toLocaleDateString([], { weekday: "short", day: "numeric", month: "long", year });
}

/** 1; 1 and 2; 1, 2 and 3. */
export function listWords(items) {
  const words = items.map(String);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
