# Rows for Alfred, in its Script Filter format: https://www.alfredapp.com/help/workflows/inputs/script-filter/json/
# Tools are data here: a new one needs no change. Written for jq 1.6 and later.

def tool: split("_") | map((.[:1] | ascii_upcase) + .[1:]) | join(" ");

def shown:
  if . == null then ""
  elif type == "array" then map(tostring) | join(", ")
  elif type == "string" then gsub("\\s+"; " ")
  else tostring end;

def arguments:
  to_entries | map({key, value: (.value | shown)}) | map(select(.value != ""))
  | map("\(.key | gsub("_"; " ")): \(.value)") | join(", ");

def row($title; $subtitle; $sign):
  {title: $title, subtitle: $subtitle, icon: {path: "signs/\($sign).png"}, valid: false};

def feedback: {skipknowledge: true, items: .};

def problem($message; $way_out): [row($message; $way_out; "failed")] | feedback;

def no_modifier: {cmd: {valid: false, subtitle: ""}};

def verdict($verdict; $run; $nodes):
  {valid: true, arg: "", variables: {verdict: $verdict, run: $run, nodes: ($nodes | map(tostring) | join(","))}};

def copies($text):
  if ($text // "") == "" then {} else {valid: true, arg: $text, variables: {verdict: ""}, text: {copy: $text, largetype: $text}} end;

# A chat completion of the model deskhand-plan.
def preview($sentence):
  .choices[0].message as $message
  | ($message.tool_calls // []) as $calls
  | if $calls == [] then [row($message.content // "Deskhand cannot do this"; $sentence; "skipped")]
    else [row("Run “\($sentence)”"; "↩ carries out what stands below"; "dispatched") + {valid: true, arg: $sentence}]
      + [$calls | to_entries[]
          | row("\(.key + 1). \(.value.function.name | tool)"; .value.function.arguments | fromjson | arguments; "waiting")]
    end
  | feedback;

# The lines of a streamed chat completion as a run. `ended` says whether the connection is closed.
def of_stream($sentence; $ended):
  split("\n") | map(ltrimstr("data: ") | (fromjson? // empty) | select(type == "object"))
  | map(.x_plan // empty) as $updates
  | (map(.error.message // empty) | first // null) as $error
  | any(.[]; .choices[0].finish_reason != null) as $finished
  | {
      id: ($updates[0].run // ""),
      query: $sentence,
      nodes: ($updates | group_by(.node) | map(max_by(.seq))),
      answer: (if $error then $error
        elif $finished then map(.choices[0].delta.content // "") | add
        elif $ended then "The connection broke off. What was done stands below."
        else null end)
    }
  | .status = (
      if $error or ($ended and ($finished | not)) then "failed"
      elif $finished | not then "running"
      elif any(.nodes[]; .status == "needs_approval") then "needs_approval"
      else "done" end)
  | .stoppable = (.status == "running");

def node($run):
  (.error.message // .text // (.arguments | arguments) | shown) as $said
  | row("\(.node). \(.name | tool)"; $said; if .undo == "done" then "undone" else .status end)
    + {mods: no_modifier}
    + if .status == "needs_approval" then
        verdict("approve"; $run; [.node])
        + {subtitle: "↩ approve · ⌘↩ deny · \($said)", mods: {cmd: (verdict("deny"; $run; [.node]) + {subtitle: "Deny"})}}
      elif .undo == "possible" then
        copies(.output) + {mods: {cmd: (verdict("undo"; $run; [.node]) + {subtitle: "Undo: take back what this did"})}}
      else copies(.output) end;

def numbers(condition): [.nodes[] | select(condition) | .node];

def answer:
  numbers(.status == "needs_approval") as $waiting
  | numbers(.undo == "possible") as $undoable
  | row((.answer // "Under way…") | shown; .query; if .status == "failed" then "failed" else "answer" end)
    + copies(.answer)
    + {mods: no_modifier}
    + if $waiting != [] then
        verdict("approve"; .id; $waiting)
        + {subtitle: "↩ approve all that waits · ⌘↩ deny it", mods: {cmd: (verdict("deny"; .id; $waiting) + {subtitle: "Deny all that waits"})}}
      elif .stoppable then
        {subtitle: "⌘↩ stop · \(.query)", mods: {cmd: (verdict("stop"; ""; []) + {subtitle: "Stop: nothing more starts"})}}
      elif $undoable != [] then
        {subtitle: "↩ copy · ⌘↩ undo all · \(.query)", mods: {cmd: (verdict("undo"; .id; $undoable) + {subtitle: "Undo all that this did"})}}
      else {} end;

# A run, of /v1/runs or of a stream.
def watch:
  .id as $run
  | ([answer] + [.nodes[] | node($run)] | feedback)
    + if .status == "running" then {rerun: 0.3} elif .status == "needs_approval" then {rerun: 1} else {} end;

# The list of runs.
def runs:
  if .data == [] then [row("No runs yet"; "Say what is to be done; it then stands here"; "waiting")]
  else
    [.data[]
      | numbers(.undo == "possible") as $undoable
      | .id as $run
      | row(.query; "\(.status | tool) · \(.answer | shown)";
          {running: "dispatched", cancelled: "skipped"}[.status] // .status)
        + {valid: true, arg: "", match: "\(.query) \(.status | gsub("_"; " "))", variables: {run: $run, job: "", verdict: ""}}
        + {mods: (if $undoable == [] then no_modifier
            else {cmd: (verdict("undo"; $run; $undoable) + {subtitle: "Undo all that this did"})} end)}]
  end
  | feedback;
