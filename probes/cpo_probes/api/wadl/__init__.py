"""WADL: resources of services over HTTP."""
