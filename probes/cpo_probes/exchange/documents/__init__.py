"""Documents and packages held against the official schema of their standard, and rules beyond it."""
