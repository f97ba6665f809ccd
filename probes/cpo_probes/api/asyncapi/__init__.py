"""AsyncAPI: interfaces that are made of messages."""
