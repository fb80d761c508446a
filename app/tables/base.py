"""What all tables share: names for constraints, and text that orders the same on every database."""

from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

# Byte order, as in SQLite: a locale's order would give other pages on Postgres.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: TEXT}  # noqa: RUF012 - SQLAlchemy reads it from the class


# Of the JSON beside it, in UTF-8 (CRC-32): a row that rots between two looks at the digest of all is found by this.
Crc = Annotated[int, mapped_column(BigInteger)]
EntityKey = Annotated[str, mapped_column(TEXT, ForeignKey("entities.id"), primary_key=True)]
