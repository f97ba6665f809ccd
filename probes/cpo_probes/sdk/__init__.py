"""First-party probes: what a stranger finds who wants to extend the product."""
