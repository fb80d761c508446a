"""The service with a fault, for a negative control: its problems are of another media type than the document says."""

from app.cli import main
from app.http import problems
from app.http.headers import JSON

if __name__ == "__main__":
    problems.PROBLEM_JSON = JSON  # type: ignore[attr-defined]
    main()
