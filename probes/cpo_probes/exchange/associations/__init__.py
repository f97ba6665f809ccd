"""Capabilities that manifests state: file associations, add-on descriptions, entry points, package metadata."""
