"""Containers: what lies inside an archive, one member after the other, each byte charged to a budget.

Contract (the engine in `scan` relies on it):

`OPENERS` maps the `opens_as` of a format rule (zip, tar, gzip, bzip2, xz, zstd, ar) to an opener. An opener takes the
container's `Content` and a `Budget` and yields `Member`s in the order of the container, each valid until the next one
is asked for. What can't be opened or read raises `Unreadable` (LimitHit for limits) with a reason; a member that can't
be read by itself raises when its content is asked for, and the others go on.
"""
