"""RAML 0.8 and 1.0."""
