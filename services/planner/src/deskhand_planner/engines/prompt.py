"""The LLMCompiler prompt for general chat models: tools, rules, two worked plans, the sentence.

The date goes last, with the sentence: earlier it would break the cached prefix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from deskhand_contract.services import Clock
from deskhand_contract.tools import TOOLS, Kind, Tool
from deskhand_contract.wire import END_OF_PLAN

_RULES = f"""Write a plan for the user's request: numbered calls of the tools above, one a line, and nothing else.
- Each call is `N. tool(arguments)`, N counting from 1, all arguments in their order. Texts stand in double quotes, an \
argument that the request does not determine is "" or [] or its default.
- "$N" stands for the output of the earlier call N. Calls that do not need each other run at the same time.
- A person who is named without an address is looked up first: get_email_address for mail, invitations and Zoom, \
get_phone_number for text messages, once per person.
- A file is found with open_and_get_file_path before it is attached or summarised; a note with open_note before its \
text is sent.
- Copy dates as the user said them ("tomorrow at 3pm"); they are resolved afterwards.
- Copy names, titles and messages from the request; add nothing that it does not say.
- When none of the tools can do what is asked, the plan is join() alone.
- The last line is `N. join(){END_OF_PLAN}`."""

_EXAMPLES = (
    (
        "Mail Ines and bo@corp.com the plan.pdf and remind me on Friday to call the bank",
        '1. get_email_address("Ines")\n2. open_and_get_file_path("plan.pdf")\n'
        '3. compose_new_email(["$1", "bo@corp.com"], [], "", "", ["$2"])\n'
        '4. create_reminder("call the bank", "on Friday", "", "", 0, False)\n'
        f"5. join(){END_OF_PLAN}",
    ),
    ("Play some jazz", f"1. join(){END_OF_PLAN}"),
)


_CALLED = re.compile(r"^\d+\. (?!join\()(\w+)", re.MULTILINE)


def _signature(tool: Tool) -> str:
    kinds = {Kind.DURATION: "int", Kind.INTEGER: "int", Kind.FLAG: "bool"}
    cells = (
        f"{a.name}: {'list[str]' if a.is_list else kinds.get(a.kind, 'str')}"
        + ("" if a.required else f" = {a.default!r}")
        for a in tool.arguments
    )
    lines = [f"{tool.name}({', '.join(cells)}) -> {tool.returns}", f"  {tool.description}"]
    lines += [f"  {argument.name}: {argument.description}" for argument in tool.arguments]
    return "\n".join(lines)


def chat_messages(query: str, tools: Sequence[str] | None, clock: Clock) -> list[dict[str, str]]:
    """OpenAI messages whose answer is a plan in the wire form."""
    selected = [tool for tool in TOOLS if tools is None or tool.name in tools]
    system = "\n\n".join(["You plan calls of these tools:", *map(_signature, selected), _RULES])
    messages = [{"role": "system", "content": system}]
    names = {tool.name for tool in selected}
    for question, plan in _EXAMPLES:
        if not names.issuperset(_CALLED.findall(plan)):
            continue  # it would teach calls that are refused
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": plan}]
    return [*messages, {"role": "user", "content": f"{query}\n\n(It is {clock.now}, {clock.timezone}.)"}]
