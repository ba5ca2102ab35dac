// What the scripts share: where Deskhand is, which scenario, and one JSON object as the outcome.
export const baseURL = process.env.DESKHAND_URL;
export const apiKey = process.env.DESKHAND_KEY;
export const tools = JSON.parse(process.env.DESKHAND_TOOLS); // declarations of OpenAI's
export const results = JSON.parse(process.env.DESKHAND_RESULTS); // by the tool's name
const [scenario, sentence] = process.argv.slice(2);

export async function run(scenarios) {
  const outcome = await scenarios[scenario](sentence);
  process.stdout.write(JSON.stringify(outcome) + "\n");
}

// The error that `attempt` ends with, as far as a program would look at it.
export async function failure(attempt) {
  try {
    await attempt();
  } catch (error) {
    return { name: error.constructor.name, status: error.status ?? error.statusCode ?? null, message: String(error.message) };
  }
  return { name: null };
}
