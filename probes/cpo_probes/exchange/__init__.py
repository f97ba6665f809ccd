"""Exchange formats: files, schemas and capabilities."""
