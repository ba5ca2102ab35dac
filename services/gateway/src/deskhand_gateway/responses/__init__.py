"""The Responses API on top of what chat completions do.

conversation.py   input items -> the messages of a chat request
reply.py          what a command gives -> output items and events
kept.py           responses that are kept, for `previous_response_id` and GET
"""
