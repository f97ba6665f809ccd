"""Capabilities of compiled programs: by symbols, by linkage, by what they print."""
