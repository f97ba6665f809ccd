"""OData: entity data models in XML and JSON."""
