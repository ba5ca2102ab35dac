import { Action, ActionPanel, Alert, Icon, List, confirmAlert } from "@raycast/api";
import type { DeskhandError } from "../deskhand";
import { canBeUndone, oneLine, rowText, toolTitle, waitsForApproval, wasReplanned, type Plan, type Row } from "../plan";
import { ProblemActions, ProblemView } from "./ProblemView";
import { RowDetail } from "./RowDetail";
import { statusIcon, statusWords } from "./status";
import { useRun, type LiveRun, type Source } from "./useRun";

/** A run as it happens: the answer, and a row for each node. */
export function PlanView(props: { source: Source }) {
  const live = useRun(props.source);
  const { plan } = live;
  if (plan.error && plan.rows.length === 0) return <ProblemView error={plan.error} sentence={plan.sentence} />;
  return (
    <List
      isLoading={plan.busy}
      isShowingDetail={plan.rows.length > 0}
      navigationTitle={plan.sentence}
      searchBarPlaceholder="Filter nodes"
    >
      {plan.rows.length === 0 && plan.answer === undefined ? (
        <List.EmptyView icon={Icon.Hourglass} title="Planning…" description={plan.sentence} />
      ) : (
        <>
          <List.Section title="Answer">
            <AnswerItem live={live} />
          </List.Section>
          <List.Section title="Plan" subtitle={wasReplanned(plan) ? "planned again" : undefined}>
            {plan.rows.map((row) => (
              <NodeItem key={row.node} row={row} live={live} />
            ))}
          </List.Section>
        </>
      )}
    </List>
  );
}

function AnswerItem({ live }: { live: LiveRun }) {
  const { plan } = live;
  const text = plan.error?.message ?? plan.answer ?? "Under way…";
  const detail = `> ${plan.sentence}\n\n${plan.error ? problemMarkdown(plan.error) : text}`;
  return (
    <List.Item
      id="answer"
      icon={plan.error ? Icon.Warning : Icon.SpeechBubble}
      title={oneLine(text)}
      detail={<List.Item.Detail markdown={detail} />}
      actions={
        <ActionPanel>
          <Decisions live={live} rows={plan.rows} />
          {plan.busy && plan.run && <Action title="Cancel Run" icon={Icon.Stop} onAction={live.cancel} />}
          {plan.answer && <Action.CopyToClipboard title="Copy Answer" content={plan.answer} />}
          {plan.error && <ProblemActions error={plan.error} />}
        </ActionPanel>
      }
    />
  );
}

function NodeItem({ row, live }: { row: Row; live: LiveRun }) {
  return (
    <List.Item
      id={`node-${row.node}`}
      icon={statusIcon(row)}
      title={`${row.node}. ${toolTitle(row.name)}`}
      subtitle={rowText(row)}
      keywords={[row.name, ...statusWords(row).split(" ")]}
      detail={<RowDetail row={row} />}
      actions={
        <ActionPanel>
          <Decisions live={live} rows={[row]} />
          {row.output && <Action.CopyToClipboard title="Copy Result" content={row.output} />}
          {live.plan.rows.length > 1 && <Decisions live={live} rows={live.plan.rows} whole />}
        </ActionPanel>
      }
    />
  );
}

/** Approve and deny for those of the rows that wait, undo for those that can be taken back. `whole` is the run's own. */
function Decisions({ live, rows, whole = false }: { live: LiveRun; rows: Row[]; whole?: boolean }) {
  const part: Plan = { ...live.plan, rows };
  const waiting = waitsForApproval(part).map((row) => row.node);
  const undoable = canBeUndone(part).map((row) => row.node);
  const single = rows.length === 1 && !whole;
  return (
    <ActionPanel.Section title={whole ? "Whole Run" : undefined}>
      {waiting.length > 0 && (
        <>
          <Action title={single ? "Approve" : "Approve All"} icon={Icon.Check} onAction={() => live.approve(waiting)} />
          <Action
            title={single ? "Deny" : "Deny All"}
            icon={Icon.XMarkCircle}
            style={Action.Style.Destructive}
            onAction={() => live.deny(waiting)}
          />
        </>
      )}
      {undoable.length > 0 && (
        <Action
          title={single ? "Undo" : "Undo All"}
          icon={Icon.Undo}
          style={Action.Style.Destructive}
          shortcut={single ? { modifiers: ["cmd"], key: "z" } : { modifiers: ["cmd", "shift"], key: "z" }}
          onAction={() => undoAfterAsking(live, undoable, single)}
        />
      )}
    </ActionPanel.Section>
  );
}

async function undoAfterAsking(live: LiveRun, nodes: number[], single: boolean) {
  const confirmed = await confirmAlert({
    title: single ? "Undo this node?" : "Undo all that this run did?",
    message: "What it made or changed is taken back. What has been sent stays sent.",
    icon: Icon.Undo,
    primaryAction: { title: "Undo", style: Alert.ActionStyle.Destructive },
  });
  if (confirmed) await live.undo(nodes);
}

function problemMarkdown(error: DeskhandError): string {
  return [`**${error.message}**`, error.wayOut].filter(Boolean).join("\n\n");
}
