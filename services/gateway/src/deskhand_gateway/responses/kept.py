"""Responses that are kept: for `previous_response_id`, and to be read again."""

from __future__ import annotations

import json
import logging
import secrets
from typing import Any

from deskhand_contract.responses import Response
from deskhand_serving.errors import ServingError
from pydantic import BaseModel

from ..errors import BadRequest
from ..store import Store

logger = logging.getLogger(__name__)

KIND = "response"
ITEM = "item"


class KeptResponse(BaseModel):
    """`history` are the items before the request's, `given` the request's own."""

    response: Response
    history: list[dict[str, Any]]
    given: list[dict[str, Any]]

    @property
    def items(self) -> list[dict[str, Any]]:
        """The whole conversation, this response included."""
        return [*self.history, *self.given, *(item.model_dump() for item in self.response.output)]


class KeptResponses:
    def __init__(self, store: Store, keep_s: float) -> None:
        self._store = store
        self._keep_s = keep_s

    async def keep(self, response: Response, history: list[dict[str, Any]], given: list[dict[str, Any]]) -> None:
        """Where the disk does not take it, the response says that it is not stored: what it tells has happened."""
        kept = KeptResponse(response=response, history=history, given=[_stored(item) for item in given])
        items = [(ITEM, item.id, item.model_dump_json().encode()) for item in response.output]
        try:
            await self._store.put_all([(KIND, response.id, kept.model_dump_json().encode()), *items], self._keep_s)
        except ServingError:
            logger.exception("a response cannot be kept", extra={"response": response.id})
            response.store = False

    async def get(self, id: str) -> KeptResponse:
        """Raises BadRequest 404."""
        body = await self._store.get(KIND, id)
        if body is None:
            raise _missing(id)
        return KeptResponse.model_validate_json(body)

    async def before(self, id: str | None) -> list[dict[str, Any]]:
        """Items of the conversation that a request goes on with. Raises BadRequest."""
        if id is None:
            return []
        body = await self._store.get(KIND, id)
        if body is None:
            message = f"There is no response {id[:80]!r} (any more) to go on with; send the whole conversation."
            raise BadRequest(message, code="previous_response_not_found", param="previous_response_id")
        return KeptResponse.model_validate_json(body).items

    async def referred(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The items, with those that are references replaced by the output items that they name. Raises BadRequest."""
        return [await self._item(item) if item.get("type") == "item_reference" else item for item in given]

    async def _item(self, reference: dict[str, Any]) -> dict[str, Any]:
        body = await self._store.get(ITEM, str(reference.get("id")))
        if body is None:
            message = f"There is no item {str(reference.get('id'))[:80]!r} (any more); send the item itself."
            raise BadRequest(message, code="item_not_found", param="input")
        return json.loads(body)

    async def delete(self, id: str) -> None:
        """The response and its items. Raises BadRequest 404."""
        kept = await self.get(id)
        for item in kept.response.output:
            await self._store.delete(ITEM, item.id)
        await self._store.delete(KIND, id)


def _missing(id: str) -> BadRequest:
    message = f"There is no response {id[:80]!r}; it was not stored, is deleted, or has expired."
    return BadRequest(message, code="response_not_found", param="response_id", status=404)


def _stored(item: dict[str, Any]) -> dict[str, Any]:
    """An input item as it is listed: with an id, and a message's text as a part."""
    kind = item.get("type", "message")
    prefix = {"message": "msg", "function_call": "fc", "function_call_output": "fco"}.get(kind, "item")
    stored = {"id": f"{prefix}_{secrets.token_hex(12)}", "type": kind, **item}
    if kind == "message" and isinstance(item.get("content"), str):
        part = "output_text" if item.get("role") == "assistant" else "input_text"
        more = {"annotations": []} if part == "output_text" else {}
        stored["content"] = [{"type": part, "text": item["content"], **more}]
    return stored if kind == "mcp_approval_response" else {**stored, "status": "completed"}
