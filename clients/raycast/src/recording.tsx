import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import { Action, ActionPanel, Form, Icon, Toast, showToast, useNavigation } from "@raycast/api";
import { useState } from "react";
import { PlanView } from "./components/PlanView";
import { asDeskhandError } from "./components/useRun";
import { deskhand } from "./settings";

const SILENCE = "Nobody speaks in this recording. Check the microphone and record it again.";

/** Run Recording: hears a file, shows what was heard, and carries it out when it is right. */
export default function Command() {
  const { push } = useNavigation();
  const [isLoading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function listen({ recording }: { recording: string[] }) {
    const [path] = recording;
    if (!path) {
      setProblem("Choose a recording");
      return;
    }
    setLoading(true);
    try {
      const heard = await deskhand().transcribe(await openAsBlob(path), basename(path));
      if (heard) push(<Heard sentence={heard} />);
      else setProblem(SILENCE);
    } catch (error) {
      const { message, wayOut } = asDeskhandError(error);
      await showToast({ style: Toast.Style.Failure, title: message, message: wayOut });
    } finally {
      setLoading(false);
    }
  }

  return (
    <Form
      isLoading={isLoading}
      actions={
        <ActionPanel>
          <Action.SubmitForm title="Listen" icon={Icon.Microphone} onSubmit={listen} />
        </ActionPanel>
      }
    >
      <Form.FilePicker
        id="recording"
        title="Recording"
        info="wav, mp3, m4a, ogg, flac or webm"
        allowMultipleSelection={false}
        error={problem}
        onChange={() => setProblem(undefined)}
      />
    </Form>
  );
}

/** What was heard, to be corrected before it is carried out. */
function Heard(props: { sentence: string }) {
  const { push } = useNavigation();
  const [sentence, setSentence] = useState(props.sentence);
  return (
    <Form
      actions={
        <ActionPanel>
          <Action.SubmitForm title="Run" icon={Icon.Play} onSubmit={() => push(<PlanView source={{ sentence }} />)} />
        </ActionPanel>
      }
    >
      <Form.TextArea id="sentence" title="Heard" value={sentence} onChange={setSentence} />
    </Form>
  );
}
