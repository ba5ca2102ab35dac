/** The gateway's API: JSON calls, and streams of server-sent events read from a fetch, since EventSource sends no key. */

import * as key from "./key.js";

/** What the gateway refused, or could not do. `status` is 0 when nobody answered. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = null } = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }

  get gone() {
    return this.status === 0;
  }

  get needsKey() {
    return this.status === 401;
  }
}

const GONE = "Deskhand does not answer. Start it with `deskhand up` in a terminal; this page notices when it is there.";
const BROKE_OFF = "The connection to Deskhand broke off. What ran is shown below; nothing is sent again by itself.";

/** GET, or POST where there is a body. Raises ApiError; an abort passes as it is. */
export async function call(path, { body, signal } = {}) {
  const response = await request(path, { body, signal });
  return response.json();
}

/** What is said in a recording. */
export async function transcribe(recording, name) {
  const form = new FormData();
  form.set("file", recording, name);
  form.set("model", "whisper-1");
  const response = await request("/v1/audio/transcriptions", { body: form });
  return (await response.json()).text.trim();
}

/** Each event's data as parsed JSON. Ends with the stream; raises ApiError when it breaks off before its end mark. */
export async function* events(path, { body, headers, signal } = {}) {
  const response = await request(path, { body, headers, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let ended = false;
  try {
    for (;;) {
      const { value, done } = await read(reader, signal);
      if (done && ended) return;
      if (done) throw new ApiError(BROKE_OFF);
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data:")) continue; // comments, ids, blank lines
        const data = line.slice(5).trim();
        ended = data === "[DONE]";
        if (ended) break; // what is left is the end of the response
        const event = JSON.parse(data);
        if (event.error && !event.node) throw failure(event.error, 200);
        yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function read(reader, signal) {
  try {
    return await reader.read();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(BROKE_OFF);
  }
}

async function request(path, { body, headers = {}, signal } = {}) {
  const given = { ...headers };
  const secret = key.current();
  if (secret) given.Authorization = `Bearer ${secret}`;
  if (body !== undefined && !(body instanceof FormData)) {
    given["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers: given,
      body,
      signal,
      cache: "no-store",
      credentials: "omit",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(GONE);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const said = await response.json().catch(() => null);
  if (said?.error) return failure(said.error, response.status);
  return new ApiError(`Deskhand answered with status ${response.status}. \`deskhand status\` says more.`, {
    status: response.status,
  });
}

function failure(error, status) {
  return new ApiError(sentence(error.message), { status, code: error.code });
}

/** Messages of the services are clauses; here they stand alone. */
function sentence(message) {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
