"""The query model: what a list can be asked, which rows that is, and the page they make."""
