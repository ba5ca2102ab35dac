// Vercel's AI SDK, with its provider for OpenAI-compatible servers and the one for OpenAI.
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, isStepCount, jsonSchema, streamText, tool } from "ai";
import { apiKey, baseURL, failure, results, run, tools } from "./common.mjs";

const compatible = createOpenAICompatible({ name: "deskhand", baseURL, apiKey });
const official = createOpenAI({ baseURL, apiKey });

const generate = async (model, prompt) => {
  const { text, finishReason, steps, toolCalls } = await generateText({ model, prompt, stopWhen: isStepCount(5) });
  return { text, reason: finishReason, steps: steps.length, calls: toolCalls.filter((call) => !call.providerExecuted) };
};

await run({
  once: (prompt) => generate(compatible("deskhand"), prompt),
  official: (prompt) => generate(official.chat("deskhand"), prompt),

  async stream(prompt) {
    const result = streamText({ model: compatible("deskhand"), prompt, stopWhen: isStepCount(5) });
    let text = "";
    for await (const piece of result.textStream) text += piece;
    return { text, reason: await result.finishReason, steps: (await result.steps).length };
  },

  responses: (prompt) => generate(official.responses("deskhand"), prompt),

  async loop(prompt) {
    const calls = [];
    const own = Object.fromEntries(
      tools.map(({ function: { name, description, parameters } }) => [
        name,
        tool({
          description,
          inputSchema: jsonSchema(parameters),
          execute: async (args) => (calls.push([name, args]), results[name]),
        }),
      ]),
    );
    const { text } = await generateText({ model: compatible("deskhand"), prompt, tools: own, stopWhen: isStepCount(6) });
    return { text, calls };
  },

  async errors() {
    const wrong = createOpenAICompatible({ name: "deskhand", baseURL, apiKey: "dk-wrong" });
    return {
      key: await failure(() => generateText({ model: wrong("deskhand"), prompt: "x" })),
      model: await failure(() => generateText({ model: compatible("gpt-4o"), prompt: "x" })),
    };
  },

  async cancel(prompt) {
    const abort = new AbortController();
    const result = streamText({ model: compatible("deskhand"), prompt, abortSignal: abort.signal, onError() {} });
    let parts = 0;
    for await (const _ of result.fullStream) if (++parts === 2) abort.abort();
    const { finishReason } = await generateText({ model: compatible("deskhand"), prompt: "make a note called Sorrel saying wait" });
    return { parts, after: finishReason };
  },
});
