"""OpenAPI and Swagger."""
