import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@raycast/api": fileURLToPath(new URL("tests/raycast.tsx", import.meta.url)) } },
  test: {
    // Not vitest's happy-dom environment: it replaces fetch and AbortController, and Raycast has Node's.
    environment: "node",
    setupFiles: ["tests/setup.ts"],
    testTimeout: 60_000,
    server: { deps: { inline: ["@raycast/utils"] } },
  },
});
