import { Action, ActionPanel, Icon, List, openExtensionPreferences } from "@raycast/api";
import type { DeskhandError } from "../deskhand";

interface ProblemProps {
  error: DeskhandError;
  retry?: () => void;
  /** What was not carried out, to be copied and said again. */
  sentence?: string;
}

/** What is wrong and what to do about it, when there is nothing else to show. */
export function ProblemView({ error, retry, sentence }: ProblemProps) {
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
            {sentence && <Action.CopyToClipboard title="Copy Sentence" content={sentence} />}
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
