"""What evidence there is: the quotes of a source, and what facts say of the claims in a text."""
