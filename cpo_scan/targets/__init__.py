"""Opening what the user names: directories, archives, packages; nested, in place, within limits."""
