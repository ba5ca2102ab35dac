import type { LaunchProps } from "@raycast/api";
import { PlanView } from "./components/PlanView";

/** Run Sentence: what stands in the argument, or in Raycast's search bar when this is a fallback command. */
export default function Command(props: LaunchProps<{ arguments: Arguments.Do }>) {
  return <PlanView source={{ sentence: props.fallbackText ?? props.arguments.sentence }} />;
}
