"""python -m app: the commands without an installation."""

from app.cli import main

main()
