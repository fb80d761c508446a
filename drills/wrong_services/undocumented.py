"""The service with a fault, for a negative control: its problems are of another media type than the document says."""

from app.cli import main
from app.web import problems
from app.web.headers import JSON

if __name__ == "__main__":
    problems.PROBLEM_JSON = JSON  # type: ignore[attr-defined]
    main()
