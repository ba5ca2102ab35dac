import { List } from "@raycast/api";
import { argumentText, type Row } from "../plan";
import { statusWords } from "./status";

/** All that is known of a node: what it was called with, what came of it. */
export function RowDetail({ row }: { row: Row }) {
  const { Label, Separator } = List.Item.Detail.Metadata;
  const args = Object.entries(row.arguments)
    .map(([name, value]) => [name, argumentText(value)] as const)
    .filter(([, text]) => text !== "");
  const said = [row.error?.message, row.text, row.output === row.text ? undefined : row.output];
  return (
    <List.Item.Detail
      markdown={said.filter(Boolean).join("\n\n")}
      metadata={
        <List.Item.Detail.Metadata>
          <Label title="Tool" text={row.name} />
          <Label title="Status" text={statusWords(row)} />
          {row.tookMs !== undefined && <Label title="Took" text={`${Math.round(row.tookMs)} ms`} />}
          {row.deps.length > 0 && <Label title="Needs" text={row.deps.map((node) => `node ${node}`).join(", ")} />}
          {!!row.replan && <Label title="Plan" text="planned again" />}
          {args.length > 0 && <Separator />}
          {args.map(([name, text]) => (
            <Label key={name} title={name} text={text} />
          ))}
        </List.Item.Detail.Metadata>
      }
    />
  );
}
