"""POST /v1/doctor: what the executor finds when it asks the user's applications whether Deskhand may use them."""

from __future__ import annotations

from deskhand_contract.services import Diagnosis
from fastapi import APIRouter, Request

from ..openapi import ERRORS
from ..state import gateway_of

router = APIRouter()


@router.post("/v1/doctor", responses=ERRORS)
async def diagnose(request: Request) -> Diagnosis:
    """Not a GET: macOS may ask the user for permission."""
    return await gateway_of(request).services["executor"].post("/doctor", None, Diagnosis)
