"""Comparisons of facts with each other, and the conflicts among them."""

from app import answers
from app.nouns.noun import Noun
from app.queries.comparisons import comparison_list

COMPARISONS = Noun(
    plural="comparisons",
    singular="comparison",
    list=comparison_list("/v1/comparisons"),
    page=answers.Comparisons,
    about=(
        "Comparisons of facts that state the same thing or follow from each other, each with its verdict: "
        "`curl 'http://localhost:8000/v1/comparisons?metric=nev-output-growth&kind=growth'`."
    ),
    about_one="One comparison, with every side and its citation, by the id that its facts list.",
    example="zhengzhou-nev-output-2024-ymghb3pzulkgzw6v",
)
CONFLICTS = Noun(
    plural="conflicts",
    singular="conflict",
    list=comparison_list("/v1/conflicts", answers.Verdict.CONFLICTS),
    page=answers.Comparisons,
    about=(
        "Facts that cannot all be true, with each side's citation and the gap between them: "
        "`curl 'http://localhost:8000/v1/conflicts?subject=zhengzhou&year=2024'`."
    ),
    about_one="One conflict, with every side and its citation.",
    example="zhengzhou-nev-output-2024-ymghb3pzulkgzw6v",
)
