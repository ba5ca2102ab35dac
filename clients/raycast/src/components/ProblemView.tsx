import { Action, ActionPanel, Icon, List, openExtensionPreferences } from "@raycast/api";
import type { DeskhandError } from "../deskhand";

/** What is wrong and what to do about it, when there is nothing else to show. */
export function ProblemView({ error, retry }: { error: DeskhandError; retry?: () => void }) {
  return (
    <List>
      <List.EmptyView
        icon={Icon.Warning}
        title={error.message}
        description={error.wayOut}
        actions={
          <ActionPanel>
            {retry && <Action title="Try Again" icon={Icon.ArrowClockwise} onAction={retry} />}
            <ProblemActions error={error} />
          </ActionPanel>
        }
      />
    </List>
  );
}

export function ProblemActions({ error }: { error: DeskhandError }) {
  return (
    <>
      {error.code === "not_running" && (
        <Action.CopyToClipboard title="Copy Start Command" icon={Icon.Terminal} content="deskhand up" />
      )}
      <Action title="Open Preferences" icon={Icon.Gear} onAction={openExtensionPreferences} />
    </>
  );
}
