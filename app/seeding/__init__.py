"""How facts get in: read the files, check every claim, render, write in one transaction."""
