"""WSDL 1.1 and 2.0, with the schemas that they name."""
