"""Policies: plans, measures, programmes and funds."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.entities import entity_list, kinds
from app.queries.filters import Ids

router = APIRouter(prefix="/v1", tags=["entities"])
POLICIES = entity_list(
    "/v1/policies",
    answers.Policy,
    tables.Policy,
    type_="policy",
    more=[
        kinds(tables.Policy.kind, answers.PolicyKind),
        Ids("issuer", "Who issued it.", "zhengzhou-government", tables.Policy.issuer_id, ("organization", "place")),
    ],
)
PolicyId = Annotated[str, Path(description="Id of a policy", examples=["zhengkedai"])]


@router.get(
    "/policies",
    operation_id="listPolicies",
    summary="List policies",
    response_model=answers.Policies,
    responses=LIST_PROBLEMS,
    openapi_extra=POLICIES.questions.openapi(),
)
async def list_policies(request: Request) -> Response:
    """Policies, such as those in force in a range of years: `curl 'http://localhost:8000/v1/policies?year=2024..2026'`."""
    return await exports.respond(request, POLICIES)


@router.get(
    "/policies/{policy_id}",
    operation_id="readPolicy",
    summary="Read a policy",
    response_model=answers.Policy,
    responses=ONE_PROBLEMS,
    openapi_extra=POLICIES.questions_of_one.openapi(),
)
async def read_policy(request: Request, policy_id: PolicyId) -> Response:
    """One policy: `curl 'http://localhost:8000/v1/policies/zhengkedai'`."""
    return await responder_of(request).respond(request, POLICIES.one_of(policy_id))
