"""First-party probes, one module each, in families. They use the public SDK and nothing else of cpo-scan."""
