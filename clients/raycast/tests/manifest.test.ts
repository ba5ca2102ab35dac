/** What the store asks for and `ray lint` looks up online, as far as it can be checked without a network. */

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import manifest from "../package.json";

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = (name: string) => readFileSync(path(name), "utf8");

/** https://developers.raycast.com/basics/prepare-an-extension-for-store */
const CATEGORIES = [
  "Applications",
  "Communication",
  "Data",
  "Documentation",
  "Design Tools",
  "Developer Tools",
  "Finance",
  "Fun",
  "Media",
  "News",
  "Productivity",
  "Security",
  "System",
  "Web",
  "Other",
];

test("the icon is a PNG of 512 x 512, and the only asset", () => {
  const png = readFileSync(path(`assets/${manifest.icon}`));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([512, 512]);
  expect(readdirSync(path("assets"))).toEqual([manifest.icon]);
});

test("licence, platform and categories are what the store takes", () => {
  expect(manifest.license).toBe("MIT");
  expect(manifest.platforms).toEqual(["macOS"]);
  expect(manifest.categories.length).toBeGreaterThan(0);
  for (const category of manifest.categories) expect(CATEGORIES).toContain(category);
});

test("names are in title case, and every command has its file", () => {
  const titles = [manifest, ...manifest.commands, ...manifest.preferences].map(({ title }) => title);
  for (const title of titles) expect(title).toMatch(/^[A-Z]\S*( [A-Z]\S*)*$/);
  for (const { name } of manifest.commands) expect(existsSync(path(`src/${name}.tsx`))).toBe(true);
});

test("the changelog has dated entries in the store's form", () => {
  const entries = read("CHANGELOG.md").match(/^## .*$/gm) ?? [];
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries) expect(entry).toMatch(/^## \[.+\] - (\{PR_MERGE_DATE\}|\d{4}-\d{2}-\d{2})$/);
});

test("the key is a password, and nothing has to be set before the first use", () => {
  expect(manifest.preferences.find(({ name }) => name === "token")?.type).toBe("password");
  expect(manifest.preferences.filter(({ required }) => required)).toEqual([]);
});

test("the lock file names no registry but npm's own", () => {
  const hosts = new Set(read("package-lock.json").match(/https?:\/\/[^/"]+(?=\/[^"]*\.tgz)/g) ?? []);
  expect([...hosts].filter((host) => host !== "https://registry.npmjs.org")).toEqual([]);
});
