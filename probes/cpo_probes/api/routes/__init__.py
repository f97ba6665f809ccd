"""Routes that a program serves, read from its code; each file reads what one kind of framework has."""
