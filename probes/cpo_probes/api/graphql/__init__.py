"""GraphQL: schemas in its own language and as the answer to an introspection query."""
