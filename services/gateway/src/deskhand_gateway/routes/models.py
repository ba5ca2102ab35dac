"""GET /v1/models, GET /v1/models/{id}."""

from __future__ import annotations

from deskhand_contract.openai import Model, ModelList
from fastapi import APIRouter, Request

from ..command import MODELS
from ..errors import BadRequest
from ..openapi import ERRORS
from ..state import gateway_of

router = APIRouter()


def _model(request: Request, name: str) -> Model:
    return Model(id=name, created=gateway_of(request).started)


@router.get("/v1/models", responses=ERRORS)
async def list_models(request: Request) -> ModelList:
    return ModelList(data=[_model(request, name) for name in MODELS])


@router.get("/v1/models/{name}", responses=ERRORS)
async def get_model(request: Request, name: str) -> Model:
    if name not in MODELS:
        message = f"There is no model {name[:80]!r}; the models are {' and '.join(MODELS)}."
        raise BadRequest(message, code="model_not_found", param="model", status=404)
    return _model(request, name)
