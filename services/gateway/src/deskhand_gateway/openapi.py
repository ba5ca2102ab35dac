"""The OpenAPI document: what the routes read by hand and stream is described from the same models as they use.

`python -m deskhand_gateway.openapi` prints it. It is kept in docs/openapi.json, and a test compares the two.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

from deskhand_contract.openai import ApiError
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

REF = "#/components/schemas/{model}"
DESCRIPTION = """One sentence in, a plan of tool calls carried out on this machine, an answer back.

Everything but `/healthz` takes the key in the file `api_key` of Deskhand's home as a bearer token. Unknown fields of a
request are ignored. Each error has the body `ApiError`; one whose request must not be sent again by itself carries
`x-should-retry: false`."""

ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"model": ApiError, "description": "What is wrong, and what to do."}
}
NO_KEY: dict[str, Any] = {"security": []}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema in place; `document` moves its parts to where the document keeps schemas."""
    return model.model_json_schema(ref_template=REF)


def json_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """For `openapi_extra` of a route that reads this model from its body."""
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema_of(model)}}}}


def answers(
    model: type[BaseModel] | None = None, *, events: type[BaseModel] | None = None, described: str = "The answer."
) -> dict[int | str, dict[str, Any]]:
    """For `responses` of a route that makes its own: one JSON object, or events of which each `data:` line is one."""
    answer: dict[str, Any] = {"description": described}
    if model is not None:
        answer["model"] = model
    if events is not None:
        answer["content"] = {"text/event-stream": {"schema": schema_of(events)}}
    return {200: answer, **ERRORS}


def route_id(route: APIRoute) -> str:
    """Operations are called as the functions that serve them."""
    return route.name


def document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(
            title="Deskhand", version=version("deskhand-gateway"), description=DESCRIPTION, routes=app.routes
        )
        components = made.setdefault("components", {})
        schemas: dict[str, Any] = components.setdefault("schemas", {})
        _collect(made["paths"], schemas)
        for operation in (operation for path in made["paths"].values() for operation in path.values()):
            operation["responses"].pop("422", None)  # what FastAPI refuses is an ApiError, too
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        components["schemas"] = dict(sorted(schemas.items()))
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{"key": []}]
        app.openapi_schema = made
    return app.openapi_schema


def _collect(part: Any, schemas: dict[str, Any]) -> None:
    """Move every `$defs` below to `schemas`."""
    if isinstance(part, dict):
        for name, schema in part.pop("$defs", {}).items():
            schemas.setdefault(name, schema)
        for value in part.values():
            _collect(value, schemas)
    elif isinstance(part, list):
        for value in part:
            _collect(value, schemas)


def text(app: FastAPI) -> str:
    """As it is kept in docs/openapi.json."""
    return json.dumps(document(app), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    from .app import create_app
    from .settings import GatewaySettings

    sys.stdout.write(text(create_app(GatewaySettings())))  # pyright: ignore[reportCallIssue] - all have defaults
