"""Response models except those of the nouns: rendered once at load, where they can be, and documented in OpenAPI."""

from app.answers.entities import *
from app.answers.evidence import *
from app.answers.facts import *
from app.answers.index import *
from app.answers.releases import *
from app.answers.search import *
from app.answers.series import *
from app.answers.verification import *
