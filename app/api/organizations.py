"""Organizations of every kind: companies, universities, institutes, governments, alliances."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.entities import entity_list, kinds, parents

router = APIRouter(prefix="/v1", tags=["entities"])
ORGANIZATIONS = entity_list(
    "/v1/organizations",
    answers.Organization,
    tables.Organization,
    type_="organization",
    more=[
        kinds(tables.Organization.kind, answers.OrganizationKind),
        parents(tables.Organization.parent_id, "organization", "byd"),
    ],
)
OrganizationId = Annotated[str, Path(description="Id of an organization", examples=["zhengzhou-university"])]


@router.get(
    "/organizations",
    operation_id="listOrganizations",
    summary="List organizations",
    response_model=answers.Organizations,
    responses=LIST_PROBLEMS,
    openapi_extra=ORGANIZATIONS.questions.openapi(),
)
async def list_organizations(request: Request) -> Response:
    """Organizations of every kind, companies among them: `curl 'http://localhost:8000/v1/organizations?kind=university,institute'`."""
    return await exports.respond(request, ORGANIZATIONS)


@router.get(
    "/organizations/{organization_id}",
    operation_id="readOrganization",
    summary="Read an organization",
    response_model=answers.Organization,
    responses=ONE_PROBLEMS,
    openapi_extra=ORGANIZATIONS.questions_of_one.openapi(),
)
async def read_organization(request: Request, organization_id: OrganizationId) -> Response:
    """One organization: `curl 'http://localhost:8000/v1/organizations/zhengzhou-university'`."""
    return await responder_of(request).respond(request, ORGANIZATIONS.one_of(organization_id))
