"""The service with a fault, for a negative control: it tries no read again."""

from app.cli import main
from app.readers import connections

if __name__ == "__main__":
    connections.TRIED_FOR = 0.0
    main()
