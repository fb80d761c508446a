"""Scopes: product classes, activities and groups that values are of; listed with the industries that values are of."""

from enum import StrEnum

from sqlalchemy import exists

from app import tables
from app.answers.entities import Entity
from app.nouns.fields import EntityRecord, ScopeId
from app.nouns.noun import Noun

scopes = tables.entity_table("scopes", tables.text("kind"), tables.text("parent_id", "entities", null=True))
TAG = tables.entity_tags


class ScopeKind(StrEnum):
    PRODUCT = "product"
    ACTIVITY = "activity"
    GROUP = "group"


class ScopeRecord(EntityRecord):
    """`parent` is the industry, or wider scope, that it belongs to."""

    kind: ScopeKind
    parent: ScopeId | None = None


class Scope(Entity):
    """A scope, or an industry that values are of; `kind` is then that of the industry."""

    kind: str
    parent: str | None


SCOPES = Noun(
    singular="scope",
    table=scopes,
    record=ScopeRecord,
    response=Scope,
    tag="scope",
    listed=(tables.entities, exists().where(TAG.c.entity_id == tables.entities.c.id, TAG.c.kind == "scope")),
    is_about_facts=True,
    about="Scopes, the industries and product classes that values are of: `curl 'http://localhost:8000/v1/scopes'`.",
    example="buses",
)
