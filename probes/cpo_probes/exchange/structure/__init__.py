"""Structure of formats for which there is no schema: each file knows one format, or a few of one kind."""
