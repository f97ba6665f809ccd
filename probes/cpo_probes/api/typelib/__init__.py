"""COM type libraries, in both of their formats."""
