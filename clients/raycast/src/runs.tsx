import { Action, ActionPanel, Icon, List } from "@raycast/api";
import { usePromise } from "@raycast/utils";
import { useRef } from "react";
import { PlanView } from "./components/PlanView";
import { ProblemView } from "./components/ProblemView";
import { runIcon, runWords } from "./components/status";
import { asDeskhandError } from "./components/useRun";
import type { Run } from "./contract";
import { oneLine } from "./plan";
import { deskhand } from "./settings";

type Page = { page: number; lastItem?: Run; cursor?: string };

/** Show Runs: what was said and what became of it, newest first. */
export default function Command() {
  const abortable = useRef<AbortController>(null);
  const { isLoading, data, error, pagination, revalidate } = usePromise(
    () =>
      async ({ cursor }: Page) => {
        const page = await deskhand().runs(cursor, abortable.current?.signal);
        return { data: page.data, hasMore: page.has_more, cursor: page.data.at(-1)?.id };
      },
    [],
    { abortable, onError: () => undefined }, // shown below, with a way out
  );
  if (error) return <ProblemView error={asDeskhandError(error)} retry={revalidate} />;
  return (
    <List isLoading={isLoading} pagination={pagination} searchBarPlaceholder="Search runs">
      <List.EmptyView
        icon={Icon.List}
        title="No runs yet"
        description="Say what is to be done with Run Sentence; it then stands here."
      />
      {data?.map((run) => (
        <List.Item
          key={run.id}
          id={run.id}
          icon={runIcon(run.status)}
          title={run.query}
          subtitle={oneLine(run.answer ?? "")}
          keywords={[runWords(run.status), ...run.nodes.map((node) => node.name)]}
          accessories={[{ date: new Date(run.created * 1000) }]}
          actions={
            <ActionPanel>
              <Action.Push
                title="Show Plan"
                icon={Icon.BulletPoints}
                target={<PlanView source={{ run }} />}
                onPop={revalidate}
              />
              {run.answer && <Action.CopyToClipboard title="Copy Answer" content={run.answer} />}
              <Action.CopyToClipboard title="Copy Sentence" content={run.query} />
            </ActionPanel>
          }
        />
      ))}
    </List>
  );
}
