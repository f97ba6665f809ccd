"""First-party probes: what the product runs on, what it is made of, and its terms."""
