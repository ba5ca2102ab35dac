// openai-node, the official client.
import OpenAI from "openai";
import { apiKey, baseURL, failure, results, run, tools } from "./common.mjs";

const client = new OpenAI({ baseURL, apiKey });
const ask = (content) => ({ model: "deskhand", messages: [{ role: "user", content }] });

await run({
  async once(sentence) {
    const { choices } = await client.chat.completions.create(ask(sentence));
    return { text: choices[0].message.content, reason: choices[0].finish_reason, calls: choices[0].message.tool_calls ?? [] };
  },

  async stream(sentence) {
    const nodes = [];
    const runner = client.chat.completions.stream(ask(sentence));
    for await (const chunk of runner) if (chunk.x_plan) nodes.push(chunk.x_plan.status);
    const { choices } = await runner.finalChatCompletion();
    return { text: choices[0].message.content, reason: choices[0].finish_reason, nodes };
  },

  async loop(sentence) {
    const calls = [];
    const runnable = tools.map(({ function: declared }) => ({
      type: "function",
      function: {
        ...declared,
        parse: JSON.parse,
        function: (args) => (calls.push([declared.name, args]), results[declared.name]),
      },
    }));
    const runner = client.chat.completions.runTools({ ...ask(sentence), tools: runnable });
    return { text: await runner.finalContent(), calls };
  },

  async responses(sentence) {
    const response = await client.responses.create({ model: "deskhand", input: sentence });
    return { text: response.output_text, reason: response.status === "completed" ? "stop" : response.status };
  },

  async errors() {
    const wrong = new OpenAI({ baseURL, apiKey: "dk-wrong", maxRetries: 0 });
    return {
      key: await failure(() => wrong.models.list()),
      model: await failure(() => client.chat.completions.create({ ...ask("x"), model: "gpt-4o" })),
      empty: await failure(() => client.chat.completions.create(ask(""))),
    };
  },

  async cancel(sentence) {
    const stream = await client.chat.completions.create({ ...ask(sentence), stream: true });
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 1) stream.controller.abort();
    const { choices } = await client.chat.completions.create(ask("make a note called Sorrel saying wait"));
    return { chunks, after: choices[0].finish_reason };
  },
});
