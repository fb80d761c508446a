"""The service with a fault, for a negative control: the policy of its docs page forbids the page's own script."""

from app.cli import main
from app.http import docs

if __name__ == "__main__":
    docs.POLICY = "default-src 'none'"
    main()
