"""ISO 10303-11: EXPRESS schemas, parsed and resolved."""
