"""Loading: read the seed files, check every claim, render, write a release in one transaction."""
