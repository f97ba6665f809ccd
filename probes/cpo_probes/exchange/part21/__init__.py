"""ISO 10303-21: the clear text encoding of exchange files, checked by its grammar."""
