/** Where Deskhand is and with which key, from the extension's preferences. */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { getPreferenceValues } from "@raycast/api";
import { Deskhand, DeskhandError } from "./deskhand";

const USUAL_URL = "http://127.0.0.1:8710/v1";

/** Raises DeskhandError when the preferences have no key and Deskhand's home has none either. */
export function deskhand(): Deskhand {
  const { url, token, home } = getPreferenceValues<Preferences>();
  return new Deskhand({ url: url?.trim() || USUAL_URL, key: token?.trim() || keyOfHome(home) });
}

function keyOfHome(home?: string): string {
  const folder = home || join(homedir(), "Library", "Application Support", "deskhand");
  try {
    return readFileSync(join(folder, "api_key"), "utf8").trim();
  } catch {
    throw new DeskhandError(
      "no_key",
      `There is no API key in ${folder}.`,
      "Start Deskhand once with `deskhand up`, or set its key or home in the preferences.",
    );
  }
}
