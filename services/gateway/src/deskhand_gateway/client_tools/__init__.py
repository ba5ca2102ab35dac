"""Requests with `tools`: the client carries the calls out, Deskhand plans and says which come next.

toolset.py    `tools`, `tool_choice`, `parallel_tool_calls` of a request
own.py        whether a declaration is one of Deskhand's own tools, which the embedded planner knows
turn.py       what has been called and answered since the user spoke
progress.py   a plan and a turn: what can be called now
answer.py     the answer when nothing is left to call
service.py    all of it together
"""
