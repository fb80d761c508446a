"""What is written about the project, and the parts of README.md that are made from the code."""
