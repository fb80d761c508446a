"""Lists of entities, each of which can also be asked for by a name instead of its id."""

import json
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, select

from app import tables
from app.errors import Moved, NotFound
from app.queries.lists import List, address
from app.queries.names import named
from app.queries.reading import RequestContext

ENTITY = tables.entities
ANY = select(ENTITY.c.type, ENTITY.c.answer).where(ENTITY.c.id == bindparam("id", type_=Text()))


@dataclass(frozen=True, kw_only=True)
class EntityList(List):
    """A list of entities of one type."""

    type: str

    def explain_missing(self, identifier: str, reading: RequestContext) -> None:
        """Raises Moved for the name of one entity of the list, NotFound for that of several, or of others."""
        if not identifier.isprintable():  # PostgreSQL takes no NUL
            return
        path = reading.root_path + self.path
        found = named(identifier, reading)
        ids = [id_ for id_, type_ in found.items() if type_ == self.type and reading.run(self._one, id=id_)]
        if len(ids) == 1:
            raise Moved(address(f"{path}/{ids[0]}", reading.pairs))
        if ids:
            detail = f"{identifier!r} is the name of several: {', '.join(ids)}."
            raise NotFound(detail, identifier, ids)
        others = [identifier, *found]
        known = {id_: row for id_ in others for row in reading.run(ANY, id=id_)}
        places = {id_: json.loads(answer).get("href") for id_, (_, answer) in known.items()}
        if places:
            shown = ", ".join(f"{id_} (a {known[id_][0].decode()})" for id_ in places)
            instead = next(iter(places.values())) if len(places) == 1 else None
            detail = f"{self.path} has no {identifier!r}, but there is {shown}."
            raise NotFound(detail, identifier, places, instead=instead and reading.root_path + instead)
