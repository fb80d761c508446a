"""What is written about the project, and the parts of it that are generated."""
