import "./dom";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";
import { outside } from "./raycast";

configure({ asyncUtilTimeout: 20_000 });

beforeEach(() => {
  Object.assign(outside, {
    preferences: {},
    clipboard: [],
    toasts: [],
    alerts: [],
    confirms: true,
    preferencesOpened: 0,
  });
});

afterEach(cleanup);
