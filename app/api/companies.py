"""Companies: the organizations that make, supply and finance."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.entities import entity_list, parents

router = APIRouter(prefix="/v1", tags=["entities"])
COMPANIES = entity_list(
    "/v1/companies",
    answers.Organization,
    tables.Organization,
    type_="organization",
    base=tables.Organization.kind == answers.OrganizationKind.COMPANY,
    more=[parents(tables.Organization.parent_id, "organization", "byd")],
)
CompanyId = Annotated[str, Path(description="Id of a company", examples=["xfusion"])]


@router.get(
    "/companies",
    operation_id="listCompanies",
    summary="List companies",
    response_model=answers.Companies,
    responses=LIST_PROBLEMS,
    openapi_extra=COMPANIES.questions.openapi(),
)
async def list_companies(request: Request) -> Response:
    """Companies, such as those of an industry that serve an initiative: `curl 'http://localhost:8000/v1/companies?sector=automotive&initiative=nev-city'`."""
    return await exports.respond(request, COMPANIES)


@router.get(
    "/companies/{company_id}",
    operation_id="readCompany",
    summary="Read a company",
    response_model=answers.Organization,
    responses=ONE_PROBLEMS,
    openapi_extra=COMPANIES.questions_of_one.openapi(),
)
async def read_company(request: Request, company_id: CompanyId) -> Response:
    """One company: `curl 'http://localhost:8000/v1/companies/xfusion'`."""
    return await responder_of(request).respond(request, COMPANIES.one_of(company_id))
